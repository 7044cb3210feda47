using Plinth.Core;

namespace Plinth.Objectives.Vision;

/// <summary>What objectives on pictures ask of a batch.</summary>
internal static class ImageBatches
{
    public static ImageBatch Of(Batch batch) => batch as ImageBatch
        ?? throw new ArgumentException($"An objective on pictures takes an {nameof(ImageBatch)}, not a {batch?.GetType().Name ?? "null"}.", nameof(batch));
}
