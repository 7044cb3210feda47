using Plinth.Core;
using Plinth.Inference.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference;

/// <summary>Why a text ended.</summary>
public enum StopReason
{
    /// <summary>The model gave an end token.</summary>
    EndToken,

    /// <summary>The limit of new tokens was reached.</summary>
    Length,

    /// <summary>The model has no more positions.</summary>
    ContextFull,
}

/// <summary>One generated text.</summary>
/// <param name="Prompt">Number of its prompt.</param>
/// <param name="Ids">The new tokens, the end token included.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="Score">Mean log-probability of a beam under its length penalty, in nats; null without beams.</param>
public sealed record GeneratedSequence(int Prompt, IReadOnlyList<int> Ids, StopReason Reason, double? Score = null);

/// <summary>Makes tokens one by one. It knows no text; each call has its own cache and its own randomness.</summary>
public sealed class TokenGenerator
{
    private readonly Model model;
    private readonly bool usesCache;

    /// <param name="model">A causal language model.</param>
    /// <param name="usesCache">False computes everything anew at each step: slow, and equal in its numbers.</param>
    /// <exception cref="PlinthException">The model cannot generate.</exception>
    public TokenGenerator(Model model, bool usesCache = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.Family.IsCausal || model.HeadKind != HeadKind.CausalLanguageModeling)
        {
            throw new PlinthException($"'{model.Family.ModelType}' with the head {model.HeadKind} does not generate. Load a causal language model.");
        }

        this.model = model;
        this.usesCache = usesCache;
    }

    /// <summary>Answers prompts.</summary>
    /// <param name="prompts">Token ids, at least one per prompt.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <returns>The answers in the order of the prompts, several per prompt when asked for.</returns>
    /// <exception cref="PlinthException">A prompt is empty or too long, or an option is impossible.</exception>
    public IReadOnlyList<GeneratedSequence> Generate(
        IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        Check(prompts, options);
        if (options.NumBeams > 1)
        {
            using var beams = new BeamSearch(model, prompts, options, EndIds(options), PadId(options), usesCache);
            return beams.Run(cancellation);
        }

        IReadOnlyList<IReadOnlyList<int>> repeated = [.. prompts.SelectMany(prompt => Enumerable.Repeat(prompt, options.NumReturnSequences))];
        var ids = repeated.Select(_ => new List<int>()).ToList();
        var reasons = new StopReason[repeated.Count];
        foreach (var step in Steps(repeated, options, cancellation))
        {
            for (var row = 0; row < ids.Count; row++)
            {
                if (step[row] is { } token)
                {
                    ids[row].Add(token.Id);
                    reasons[row] = token.Reason ?? StopReason.Length;
                }
            }
        }

        return [.. ids.Select((sequence, row) => new GeneratedSequence(row / options.NumReturnSequences, sequence, reasons[row]))];
    }

    /// <summary>Gives the tokens of one answer as they are made.</summary>
    /// <param name="prompt">Token ids, at least one.</param>
    /// <param name="options">How tokens are chosen; without beams.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    /// <exception cref="PlinthException">The prompt is empty or too long, or an option is impossible.</exception>
    public IEnumerable<int> Stream(IReadOnlyList<int> prompt, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new();
        Check([prompt], options);
        return options.NumBeams == 1 && options.NumReturnSequences == 1
            ? Steps([prompt], options, cancellation).Select(step => step[0]!.Value.Id)
            : throw new RecipeException("A stream has one answer and no beams: num_beams and num_return_sequences must be 1.");
    }

    // One entry per row and step; null for rows that have ended.
    private IEnumerable<(int Id, StopReason? Reason)?[]> Steps(
        IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options, CancellationToken cancellation)
    {
        var endIds = EndIds(options);
        var padId = PadId(options);
        using var session = new DecoderSession(model, prompts, padId, usesCache);
        var processors = LogitsProcessor.For(options, endIds, session.Length);
        var tokens = prompts.Select(prompt => Enumerable.Repeat(padId, session.Length - prompt.Count).Concat(prompt).ToList()).ToList();
        var hasEnded = new bool[prompts.Count];
        var random = new Random(options.Seed);
        int[]? chosen = null;
        for (var made = 0; made < options.MaxNewTokens && !hasEnded.All(ended => ended); made++)
        {
            cancellation.ThrowIfCancellationRequested();
            chosen = Choose(session, chosen, tokens, processors, options.DoSample ? random : null);
            var isFull = session.Length + 1 >= model.Backbone.MaximumLength + 1;
            var step = new (int, StopReason?)?[prompts.Count];
            for (var row = 0; row < prompts.Count; row++)
            {
                if (hasEnded[row])
                {
                    chosen[row] = padId;
                }
                else
                {
                    StopReason? reason = endIds.Contains(chosen[row]) ? StopReason.EndToken : isFull ? StopReason.ContextFull : null;
                    hasEnded[row] = reason is not null;
                    step[row] = (chosen[row], reason);
                }

                tokens[row].Add(chosen[row]);
            }

            yield return step;
            if (isFull)
            {
                yield break;
            }
        }
    }

    // Scopes and gradient mode belong to the thread: they open and close here, never across a yield.
    private static int[] Choose(
        DecoderSession session, int[]? previous, List<List<int>> tokens, IReadOnlyList<LogitsProcessor> processors, Random? random)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var scores = previous is null ? session.Start() : session.Next(previous);
        foreach (var processor in processors)
        {
            scores = processor.Process(tokens, scores);
        }

        return random is null
            ? [.. scores.argmax(-1).cpu().data<long>().ToArray().Select(id => (int)id)]
            : Draw(scores.softmax(-1).cpu(), random);
    }

    private static int[] Draw(Tensor probabilities, Random random)
    {
        var (rows, vocabulary) = ((int)probabilities.size(0), (int)probabilities.size(1));
        var values = probabilities.contiguous().data<float>().ToArray();
        var drawn = new int[rows];
        for (var row = 0; row < rows; row++)
        {
            var rest = random.NextDouble() * values.AsSpan(row * vocabulary, vocabulary).ToArray().Sum(p => (double)p);
            var last = 0;
            for (var id = 0; id < vocabulary && rest >= 0; id++)
            {
                var p = values[(row * vocabulary) + id];
                if (p > 0)
                {
                    (last, rest) = (id, rest - p);
                }
            }

            drawn[row] = last;
        }

        return drawn;
    }

    private IReadOnlyList<int> EndIds(GenerationOptions options) => options.EosTokenIds ?? model.Config.EndIds;

    private int PadId(GenerationOptions options) => model.Config.PadTokenId ?? EndIds(options).FirstOrDefault();

    private void Check(IReadOnlyList<IReadOnlyList<int>> prompts, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        options.Validate();
        if (prompts.Count == 0 || prompts.Any(prompt => prompt.Count == 0))
        {
            throw new BadInputException("A prompt needs at least one token. Give some text, or the token that begins a text.");
        }

        if (prompts.SelectMany(prompt => prompt).FirstOrDefault(id => id < 0 || id >= model.Config.VocabSize, -1) is var bad && bad != -1)
        {
            throw new BadInputException($"The token id {bad} is not one of the {model.Config.VocabSize} of this model. Does the tokenizer belong to it?");
        }

        var longest = prompts.Max(prompt => prompt.Count);
        if (longest >= model.Backbone.MaximumLength + 1)
        {
            throw new BadInputException($"A prompt of {longest} tokens does not fit into the {model.Backbone.MaximumLength} positions of this model. Shorten it.");
        }
    }
}
