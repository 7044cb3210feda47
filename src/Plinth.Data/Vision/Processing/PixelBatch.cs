using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Data.Vision;

/// <summary>
/// Processed pictures of one size as plain arrays, so that any thread may make them. The thread that computes calls
/// <see cref="Pixels"/>.
/// </summary>
/// <param name="Count">Pictures.</param>
/// <param name="Height">Rows of each.</param>
/// <param name="Width">Columns of each.</param>
/// <param name="Values">The numbers; <c>[batch, channel, height, width]</c>.</param>
public sealed record PixelBatch(int Count, int Height, int Width, float[] Values)
{
    /// <summary>Rows and columns of each picture without its padding, or null when nothing was padded; <c>[batch]</c>.</summary>
    public IReadOnlyList<PixelSize>? Sizes { get; init; }

    /// <summary>Numbers of one picture.</summary>
    public int ImageLength => PixelPlanes.Channels * Height * Width;

    /// <summary>The numbers of one picture; <c>[channel, height, width]</c>.</summary>
    public Span<float> Image(int index) => Values.AsSpan(index * ImageLength, ImageLength);

    /// <summary>The numbers as a tensor, owned by the caller's dispose scope; <c>[batch, channel, height, width]</c>.</summary>
    public Tensor Pixels() => tensor(Values, [Count, PixelPlanes.Channels, Height, Width]);

    /// <summary>The numbers as a batch, owned by the caller's dispose scope.</summary>
    /// <param name="patches">Patches that a model makes of a picture, where that is known.</param>
    public ImageBatch ToBatch(long patches = 0) => new() { PixelValues = Pixels(), PatchCount = Count * patches };

    /// <summary>1 for pixels and 0 for padding as a tensor, or null when nothing was padded; int64 <c>[batch, height, width]</c>.</summary>
    public Tensor? Mask()
    {
        if (Sizes is null)
        {
            return null;
        }

        var mask = new long[Count * Height * Width];
        for (var i = 0; i < Count; i++)
        {
            for (var y = 0; y < Sizes[i].Height; y++)
            {
                mask.AsSpan((((i * Height) + y) * Width), Sizes[i].Width).Fill(1);
            }
        }

        return tensor(mask, [Count, Height, Width]);
    }
}
