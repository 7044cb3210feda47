using System.Text;
using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Inference.Pipelines;

/// <summary>Text in, its continuation out.</summary>
public sealed class TextGenerationPipeline
{
    private readonly TokenGenerator generator;
    private readonly Tokenizer tokenizer;
    private readonly int room;

    /// <param name="model">A causal language model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    public TextGenerationPipeline(Model model, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(model);
        generator = new(model);
        this.tokenizer = tokenizer ?? throw new ArgumentNullException(nameof(tokenizer));
        room = model.Backbone.MaximumLength;
    }

    /// <summary>The whole continuation of a text.</summary>
    /// <param name="text">The prompt; an empty one begins a text.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="stop">Texts that end it; they are left out.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    public string Complete(string text, GenerationOptions? options = null, IReadOnlyList<string>? stop = null, CancellationToken cancellation = default)
    {
        var result = new StringBuilder();
        foreach (var piece in Stream(text, options, stop, cancellation))
        {
            result.Append(piece);
        }

        return result.ToString();
    }

    /// <summary>The continuation piece by piece, each of whole characters.</summary>
    /// <param name="text">The prompt; an empty one begins a text. Of one that is too long the end counts.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="stop">Texts that end it; they are left out.</param>
    /// <param name="cancellation">Stops between two tokens.</param>
    public IEnumerable<string> Stream(string text, GenerationOptions? options = null, IReadOnlyList<string>? stop = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        options ??= new();
        var decoder = new StreamingDecoder(tokenizer);
        var filter = new StopFilter(stop ?? []);
        foreach (var id in generator.Stream(Prompt(text, options.MaxNewTokens), options, cancellation))
        {
            if (filter.Pass(decoder.Append(id)) is { Length: > 0 } piece)
            {
                yield return piece;
            }

            if (filter.HasStopped)
            {
                yield break;
            }
        }

        if (filter.Pass(decoder.Flush()) + filter.Flush() is { Length: > 0 } rest)
        {
            yield return rest;
        }
    }

    private int[] Prompt(string text, int newTokens)
    {
        int[] ids = [.. tokenizer.EncodeIds(text)];
        if (ids.Length == 0)
        {
            ids = (tokenizer.BeginId ?? tokenizer.EndId) is { } begin
                ? [begin]
                : throw new BadInputException("The prompt is empty, and this tokenizer has no token that begins a text. Give some text.");
        }

        // Leave room for what shall come, but always keep some of the prompt.
        var kept = Math.Max(room - newTokens, Math.Max(1, room / 2));
        return ids.Length > kept ? ids[^kept..] : ids;
    }
}
