using Plinth.Core;

namespace Plinth.Models.Text.Stacks;

/// <summary>The checks that every text backbone makes of its batch.</summary>
internal static class TextInputs
{
    public static TextBatch Check(Batch batch) => batch as TextBatch
        ?? throw new ArgumentException($"A text backbone takes a {nameof(TextBatch)}, not a {batch?.GetType().Name ?? "null"}.", nameof(batch));

    public static void CheckLength(long length, int maximumLength)
    {
        if (length > maximumLength)
        {
            throw new PlinthException($"A sequence of {length} tokens is longer than the {maximumLength} positions of this model. Truncate it.");
        }
    }
}
