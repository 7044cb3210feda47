using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>How far boxes cover each other: two of them as numbers, or many as tensors that have gradients.</summary>
public static class BoxOverlap
{
    /// <summary>Shared area over the area of both (intersection over union).</summary>
    /// <returns>0 to 1; 0 where both boxes are empty.</returns>
    public static double Of(Box first, Box second)
    {
        var shared = Shared(first, second);
        return Share(shared, first.Area + second.Area - shared);
    }

    /// <summary>Shared area over the area of the first box: how much of it lies in the other.</summary>
    /// <returns>0 to 1; 0 where the first box is empty.</returns>
    public static double Within(Box first, Box second) => Share(Shared(first, second), first.Area);

    /// <summary>Area that two boxes share.</summary>
    public static double Shared(Box first, Box second) => new Box(
        Math.Max(first.Left, second.Left), Math.Max(first.Top, second.Top), Math.Min(first.Right, second.Right), Math.Min(first.Bottom, second.Bottom)).Area;

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

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;

    private static Tensor Area(Tensor sides) => sides.select(-1, 0) * sides.select(-1, 1);

    // Fresh networks give empty boxes, which must have gradients, not NaN.
    private static Tensor Share(Tensor part, Tensor whole) => part / whole.clamp_min(1e-12);
}
