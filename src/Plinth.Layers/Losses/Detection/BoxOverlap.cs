using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Losses.Detection;

/// <summary>How far boxes cover each other.</summary>
public static class BoxOverlap
{
    /// <summary>Boxes by their corners.</summary>
    /// <param name="boxes">Centre from the left and top, width and height; <c>[..., 4]</c>.</param>
    /// <returns>Left, top, right and bottom; <c>[..., 4]</c>.</returns>
    public static Tensor Corners(Tensor boxes)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        var (centre, half) = (boxes.narrow(-1, 0, 2), boxes.narrow(-1, 2, 2) / 2);
        return cat([centre - half, centre + half], -1);
    }

    /// <summary>Shared area over the area of both, and over it from 0 down to -1 how much of the smallest box around both is empty (Rezatofighi et al. 2019, arXiv:1902.09630).</summary>
    /// <param name="first">Corners; <c>[..., 4]</c>.</param>
    /// <param name="second">Corners, of a shape that goes with it; <c>[..., 4]</c>.</param>
    /// <returns>-1 to 1; 0 where both boxes and the one around them are empty; <c>[...]</c>.</returns>
    public static Tensor Generalized(Tensor first, Tensor second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var (firstLow, firstHigh) = (first.narrow(-1, 0, 2), first.narrow(-1, 2, 2));
        var (secondLow, secondHigh) = (second.narrow(-1, 0, 2), second.narrow(-1, 2, 2));
        var shared = Area((minimum(firstHigh, secondHigh) - maximum(firstLow, secondLow)).clamp_min(0));
        var both = Area(firstHigh - firstLow) + Area(secondHigh - secondLow) - shared;
        var around = Area((maximum(firstHigh, secondHigh) - minimum(firstLow, secondLow)).clamp_min(0));
        return Share(shared, both) - Share(around - both, around);
    }

    private static Tensor Area(Tensor sides) => sides.select(-1, 0) * sides.select(-1, 1);

    // Fresh networks give empty boxes, which must have gradients, not NaN.
    private static Tensor Share(Tensor part, Tensor whole) => part / whole.clamp_min(1e-12);
}
