using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives.Vision;

/// <summary>Random parts of pictures, scaled to one size and mirrored at times.</summary>
internal static class PictureCrops
{
    // Sides of a crop to each other: 3 to 4 at most (Szegedy et al. 2014, arXiv:1409.4842).
    private const double WidestRatio = 4.0 / 3;

    /// <summary>Cuts one part out of a picture.</summary>
    /// <param name="picture"><c>[channel, height, width]</c>.</param>
    /// <param name="random">What decides.</param>
    /// <param name="least">Smallest share of the area.</param>
    /// <param name="most">Largest share of the area.</param>
    /// <param name="flip">Probability that it is mirrored.</param>
    /// <param name="height">Height of the result.</param>
    /// <param name="width">Width of the result.</param>
    /// <returns><c>[1, channel, height, width]</c>.</returns>
    public static Tensor Cut(Tensor picture, Random random, double least, double most, double flip, long height, long width)
    {
        using var scope = NewDisposeScope();
        var (rows, columns) = (picture.size(1), picture.size(2));
        var area = (least + ((most - least) * random.NextDouble())) * rows * columns;
        var ratio = Math.Exp(((2 * random.NextDouble()) - 1) * Math.Log(WidestRatio));
        var tall = Math.Clamp((long)Math.Round(Math.Sqrt(area / ratio)), 1, rows);
        var wide = Math.Clamp((long)Math.Round(Math.Sqrt(area * ratio)), 1, columns);
        var (top, left) = (random.NextInt64(rows - tall + 1), random.NextInt64(columns - wide + 1));
        var part = picture.narrow(1, top, tall).narrow(2, left, wide).unsqueeze(0);
        var scaled = nn.functional.interpolate(part, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);
        return (random.NextDouble() < flip ? scaled.flip([3L]) : scaled).MoveToOuterDisposeScope();
    }
}
