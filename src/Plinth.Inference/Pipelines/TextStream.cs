using Plinth.Data.Text;
using Plinth.Inference.Sampling;

namespace Plinth.Inference.Pipelines;

/// <summary>New ids to new text: whole characters, up to a stop text.</summary>
internal sealed class TextStream
{
    // More than any tokenizer needs to know what stands before a word.
    private const int ContextLength = 16;

    private readonly StreamingDecoder decoder;
    private readonly StopText stop;

    public TextStream(Tokenizer tokenizer, IReadOnlyList<int> promptIds, GenerationOptions options, bool skipSpecial = true)
    {
        decoder = new(tokenizer, skipSpecial);
        stop = new(options.StopStrings);
        // The decoder sees the end of the prompt, so that a first word keeps its space.
        foreach (var id in promptIds.Skip(promptIds.Count - ContextLength))
        {
            decoder.Append(id);
        }
    }

    public bool IsStopped => stop.IsStopped;

    public string Append(int id) => stop.Append(decoder.Append(id));

    public string Flush() => stop.Append(decoder.Flush()) + stop.Flush();
}
