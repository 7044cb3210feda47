using System.Runtime.CompilerServices;
using Plinth.Core;
using Plinth.Inference.Sampling;

namespace Plinth.Inference;

/// <summary>
/// Makes tokens with a causal model; knows no text. Each request has its own cache, so one generator may serve several threads
/// as long as nobody trains the model meanwhile.
/// </summary>
public sealed class TokenGenerator
{
    private readonly Model model;

    /// <param name="model">A causal model with the head for the next token.</param>
    /// <exception cref="PlinthException">The model does not predict the next token.</exception>
    public TokenGenerator(Model model) => this.model = CausalModel.CheckGenerator(model);

    /// <summary>Continues prompts.</summary>
    /// <param name="prompts">Token ids; prompts of different lengths are padded and give what each would give alone.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="cancellation">Ends the loop before the next token.</param>
    /// <returns>For each prompt, in order, as many sequences as asked for; of beams the best first.</returns>
    /// <exception cref="PlinthException">An option is impossible, or a prompt is empty, too long or holds unknown ids.</exception>
    public IReadOnlyList<GeneratedSequence> Generate(
        IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options, CancellationToken cancellation = default) =>
        Generate(prompts, options, onToken: null, cancellation);

    /// <summary>Continues prompts that show pictures.</summary>
    /// <param name="prompts">Token ids, with the image tokens of each picture where it stands.</param>
    /// <param name="images">The pictures, in the order in which they stand in the prompts.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="cancellation">Ends the loop before the next token.</param>
    /// <exception cref="PlinthException">The model sees no pictures, an option is impossible, or a prompt is empty, too long or holds unknown ids.</exception>
    /// <exception cref="ArgumentException">There are not as many image tokens as the pictures have vectors.</exception>
    public IReadOnlyList<GeneratedSequence> Generate(
        IReadOnlyList<IReadOnlyList<int>> prompts, ImageBatch images, GenerationOptions options, CancellationToken cancellation = default) =>
        Run(new(model, prompts, options, images), onToken: null, cancellation);

    /// <summary>Continues prompts and shows each token as it comes.</summary>
    /// <param name="prompts">Token ids.</param>
    /// <param name="options">How tokens are chosen; no beams, for a beam's tokens are known only at its end.</param>
    /// <param name="onToken">Given the number of the sequence in the result and its new token; false stops that sequence. Null shows nothing.</param>
    /// <param name="cancellation">Ends the loop before the next token.</param>
    /// <exception cref="PlinthException">An option is impossible, or a prompt is empty, too long or holds unknown ids.</exception>
    public IReadOnlyList<GeneratedSequence> Generate(
        IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options, Func<int, int, bool>? onToken, CancellationToken cancellation = default) =>
        Run(new(model, prompts, options), onToken, cancellation);

    private IReadOnlyList<GeneratedSequence> Run(GenerationRequest request, Func<int, int, bool>? onToken, CancellationToken cancellation)
    {
        if (request.Prompts.Count == 0)
        {
            return [];
        }

        if (request.Options.NumBeams > 1)
        {
            return onToken is null ? new BeamSearch(model, request).Run(cancellation) : throw NoBeams();
        }

        using var loop = new TokenLoop(model, request);
        while (loop.Step(cancellation) is { Count: > 0 } tokens)
        {
            foreach (var (row, id) in tokens)
            {
                if (onToken?.Invoke(row, id) == false)
                {
                    loop.Stop(row);
                }
            }
        }

        return loop.Results();
    }

    /// <summary>Begins to continue one prompt, for a caller who asks for each token and wants to know why there is no further one.</summary>
    /// <param name="prompt">Token ids.</param>
    /// <param name="options">How tokens are chosen; one sequence, no beams.</param>
    /// <param name="images">Pictures whose tokens stand in the prompt, in its order; or null.</param>
    /// <exception cref="PlinthException">An option is impossible, or the prompt is empty, too long or holds unknown ids.</exception>
    public TokenRun Begin(IReadOnlyList<int> prompt, GenerationOptions options, ImageBatch? images = null) => new(model, StreamRequest(prompt, options, images));

    /// <summary>Continues one prompt, token by token; leaving the loop frees the cache.</summary>
    /// <param name="prompt">Token ids.</param>
    /// <param name="options">How tokens are chosen; one sequence, no beams.</param>
    /// <param name="cancellation">Ends the loop before the next token.</param>
    /// <returns>The new tokens, the end token included.</returns>
    /// <exception cref="PlinthException">An option is impossible, or the prompt is empty, too long or holds unknown ids.</exception>
    public IEnumerable<int> Stream(IReadOnlyList<int> prompt, GenerationOptions options, CancellationToken cancellation = default)
    {
        var request = StreamRequest(prompt, options);
        return Tokens();

        IEnumerable<int> Tokens()
        {
            using var stream = new TokenRun(model, request);
            while (stream.Next(cancellation) is { } id)
            {
                yield return id;
            }
        }
    }

    /// <summary>As <see cref="Stream"/>, computing on the thread pool.</summary>
    /// <param name="prompt">Token ids.</param>
    /// <param name="options">How tokens are chosen; one sequence, no beams.</param>
    /// <param name="cancellation">Ends the loop before the next token.</param>
    /// <exception cref="PlinthException">An option is impossible, or the prompt is empty, too long or holds unknown ids.</exception>
    public IAsyncEnumerable<int> StreamAsync(IReadOnlyList<int> prompt, GenerationOptions options, CancellationToken cancellation = default)
    {
        var request = StreamRequest(prompt, options);
        return Tokens(cancellation);

        async IAsyncEnumerable<int> Tokens([EnumeratorCancellation] CancellationToken token)
        {
            using var stream = new TokenRun(model, request);
            while (await Task.Run(() => stream.Next(token), token).ConfigureAwait(false) is { } id)
            {
                yield return id;
            }
        }
    }

    private GenerationRequest StreamRequest(IReadOnlyList<int> prompt, GenerationOptions options, ImageBatch? images = null)
    {
        var request = new GenerationRequest(model, [prompt], options, images);
        return options.NumBeams > 1 ? throw NoBeams()
            : options.NumReturnSequences == 1 ? request
            : throw new PlinthException($"The generation option NumReturnSequences is {options.NumReturnSequences}, and a stream has one sequence.");
    }

    private static PlinthException NoBeams() =>
        new("Beam search knows its tokens only at the end and cannot be streamed. Set NumBeams to 1, or generate without a stream.");
}
