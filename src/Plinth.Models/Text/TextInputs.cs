using Plinth.Core;

namespace Plinth.Models.Text;

/// <summary>The checks that every text backbone makes of its batch.</summary>
internal static class TextInputs
{
    public static TextBatch Check(Batch batch, long pastLength, int maximumLength)
    {
        var text = batch as TextBatch
            ?? throw new ArgumentException($"A text backbone takes a {nameof(TextBatch)}, not a {batch?.GetType().Name ?? "null"}.", nameof(batch));
        var length = text.InputIds.size(1) + pastLength;
        return length <= maximumLength
            ? text
            : throw new PlinthException($"A sequence of {length} tokens is longer than the {maximumLength} positions of this model. Truncate it.");
    }
}
