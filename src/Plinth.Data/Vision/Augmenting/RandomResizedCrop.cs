using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>A piece of random size, place and proportions, resized (Szegedy et al. 2014, arXiv:1409.4842, section 6).</summary>
/// <param name="Height">Rows of the result.</param>
/// <param name="Width">Columns of the result.</param>
public sealed record RandomResizedCrop(int Height, int Width) : Augmentation
{
    private const int Tries = 10;

    /// <summary>Smallest part of the area that a piece has, above 0.</summary>
    public double MinArea { get; init; } = 0.08;

    /// <summary>Largest part of the area, at most 1.</summary>
    public double MaxArea { get; init; } = 1;

    /// <summary>Narrowest piece: width by height.</summary>
    public double MinRatio { get; init; } = 3.0 / 4;

    /// <summary>Widest piece: width by height.</summary>
    public double MaxRatio { get; init; } = 4.0 / 3;

    /// <summary>How the piece is resized.</summary>
    public ResampleFilter Filter { get; init; } = ResampleFilter.Bicubic;

    /// <inheritdoc />
    public override bool MovesThings => true;

    /// <inheritdoc />
    public override RgbImage Apply(RgbImage image, AugmentationRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        for (var i = 0; i < Tries; i++)
        {
            var area = image.Height * (double)image.Width * random.Between(MinArea, MaxArea);
            var ratio = random.LogBetween(MinRatio, MaxRatio);
            var (width, height) = ((int)Math.Round(Math.Sqrt(area * ratio)), (int)Math.Round(Math.Sqrt(area / ratio)));
            if (width >= 1 && height >= 1 && width <= image.Width && height <= image.Height)
            {
                return Piece(image, random.Below(image.Height - height + 1), random.Below(image.Width - width + 1), height, width);
            }
        }

        // Very long pictures have no such piece; then it is the middle, as wide or high as is allowed.
        var (rows, columns) = (Math.Min(image.Height, Math.Max(1, (int)Math.Round(image.Width / MinRatio))), Math.Min(image.Width, Math.Max(1, (int)Math.Round(image.Height * MaxRatio))));
        return Piece(image, (image.Height - rows) / 2, (image.Width - columns) / 2, rows, columns);
    }

    private RgbImage Piece(RgbImage image, int top, int left, int height, int width) =>
        ImageResizer.Resize(image, Height, Width, Filter, new(left, top, left + width, top + height));
}
