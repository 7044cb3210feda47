using Plinth.Core;

namespace Plinth.Models.Vision.Stacks;

/// <summary>The checks that every backbone of pictures makes of its batch.</summary>
internal static class ImageInputs
{
    /// <summary>The batch as pictures with so many channels.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    public static ImageBatch Check(Batch batch, int channelCount)
    {
        var images = batch as ImageBatch
            ?? throw new ArgumentException($"A backbone of pictures takes an {nameof(ImageBatch)}, not a {batch?.GetType().Name ?? "null"}.", nameof(batch));
        var pixels = images.PixelValues;
        return pixels.dim() == 4 && pixels.size(1) == channelCount
            ? images
            : throw new ArgumentException(
                $"The model sees pictures of {channelCount} channels, [batch, {channelCount}, height, width], and these are [{string.Join(", ", pixels.shape)}].", nameof(batch));
    }
}
