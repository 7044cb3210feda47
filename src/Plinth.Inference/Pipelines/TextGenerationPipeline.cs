using System.Runtime.CompilerServices;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Inference.Sampling;

namespace Plinth.Inference.Pipelines;

/// <summary>Text in, text that continues it out.</summary>
public sealed class TextGenerationPipeline
{
    private readonly Model model;
    private readonly Tokenizer tokenizer;
    private readonly TokenGenerator generator;

    /// <param name="model">A causal model with the head for the next token.</param>
    /// <param name="tokenizer">The tokenizer that it was trained with.</param>
    /// <exception cref="PlinthException">The model does not predict the next token.</exception>
    public TextGenerationPipeline(Model model, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        this.model = model;
        this.tokenizer = tokenizer;
        generator = new(model);
    }

    /// <summary>The continuation of a text, whole.</summary>
    /// <param name="prompt">The text; empty begins a new one, where the tokenizer has a token for that.</param>
    /// <param name="options">How tokens are chosen, and where the text stops; null takes the defaults.</param>
    /// <param name="cancellation">Ends the loop before the next token.</param>
    /// <exception cref="PlinthException">An option is impossible, or the prompt does not fit the model.</exception>
    public string Generate(string prompt, GenerationOptions? options = null, CancellationToken cancellation = default) =>
        Generate([prompt], options, cancellation)[0];

    /// <summary>Continuations of several texts, computed together.</summary>
    /// <param name="prompts">The texts.</param>
    /// <param name="options">How tokens are chosen, and where a text stops; null takes the defaults.</param>
    /// <param name="cancellation">Ends the loop before the next token.</param>
    /// <returns>For each text, in order, as many continuations as asked for.</returns>
    /// <exception cref="PlinthException">An option is impossible, or a prompt does not fit the model.</exception>
    public IReadOnlyList<string> Generate(IReadOnlyList<string> prompts, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        var resolved = Resolve(options);
        IReadOnlyList<IReadOnlyList<int>> ids = [.. prompts.Select(Encode)];
        if (resolved.NumBeams > 1)
        {
            return [.. generator.Generate(ids, resolved, cancellation).Select(sequence => Decode(sequence, resolved))];
        }

        var copies = resolved.NumReturnSequences;
        var streams = Enumerable.Range(0, ids.Count * Math.Max(1, copies)).Select(row => new TextStream(tokenizer, ids[row / copies], resolved)).ToArray();
        var texts = streams.Select(_ => new System.Text.StringBuilder()).ToArray();
        generator.Generate(ids, resolved, (row, id) =>
        {
            texts[row].Append(streams[row].Append(id));
            return !streams[row].IsStopped;
        }, cancellation);
        return [.. texts.Select((text, row) => text.Append(streams[row].Flush()).ToString())];
    }

    /// <summary>The continuation of a text, piece by piece; a piece holds whole characters and is never taken back.</summary>
    /// <param name="prompt">The text.</param>
    /// <param name="options">How tokens are chosen, and where the text stops; null takes the defaults.</param>
    /// <param name="cancellation">Ends the loop before the next token.</param>
    /// <exception cref="PlinthException">An option is impossible, or the prompt does not fit the model.</exception>
    public IEnumerable<string> Stream(string prompt, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        var resolved = Resolve(options);
        var ids = Encode(prompt);
        return Pieces(generator.Stream(ids, resolved, cancellation), new(tokenizer, ids, resolved));
    }

    /// <summary>As <see cref="Stream"/>, computing on the thread pool.</summary>
    /// <param name="prompt">The text.</param>
    /// <param name="options">How tokens are chosen, and where the text stops; null takes the defaults.</param>
    /// <param name="cancellation">Ends the loop before the next token.</param>
    /// <exception cref="PlinthException">An option is impossible, or the prompt does not fit the model.</exception>
    public IAsyncEnumerable<string> StreamAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        var resolved = Resolve(options);
        var ids = Encode(prompt);
        return PiecesAsync(generator.StreamAsync(ids, resolved, cancellation), new(tokenizer, ids, resolved), cancellation);
    }

    private static IEnumerable<string> Pieces(IEnumerable<int> tokens, TextStream text)
    {
        foreach (var id in tokens)
        {
            if (text.Append(id) is { Length: > 0 } piece)
            {
                yield return piece;
            }

            if (text.IsStopped)
            {
                yield break;
            }
        }

        if (text.Flush() is { Length: > 0 } rest)
        {
            yield return rest;
        }
    }

    private static async IAsyncEnumerable<string> PiecesAsync(
        IAsyncEnumerable<int> tokens, TextStream text, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var id in tokens.WithCancellation(cancellation).ConfigureAwait(false))
        {
            if (text.Append(id) is { Length: > 0 } piece)
            {
                yield return piece;
            }

            if (text.IsStopped)
            {
                yield break;
            }
        }

        if (text.Flush() is { Length: > 0 } rest)
        {
            yield return rest;
        }
    }

    private string Decode(GeneratedSequence sequence, GenerationOptions options)
    {
        var text = new TextStream(tokenizer, sequence.PromptIds, options);
        return string.Concat(sequence.NewIds.Select(text.Append)) + text.Flush();
    }

    private GenerationOptions Resolve(GenerationOptions? options) => CausalModel.WithEnd(options ?? new(), model, tokenizer);

    private IReadOnlyList<int> Encode(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var ids = tokenizer.EncodeIds(prompt, addSpecial: true);
        return ids.Count > 0 ? ids
            : (tokenizer.BeginId ?? tokenizer.EndId) is { } begin ? [begin]
            : throw new PlinthException("The prompt is empty, and this tokenizer has no token that begins a text. Give a prompt.");
    }
}
