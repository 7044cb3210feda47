using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>A random rectangle becomes noise (Zhong et al. 2017, arXiv:1708.04896).</summary>
/// <param name="Probability">How often.</param>
public sealed record RandomErasing(double Probability = 0.25) : Augmentation
{
    private const int Tries = 10;

    /// <summary>Smallest part of the area.</summary>
    public double MinArea { get; init; } = 0.02;

    /// <summary>Largest part of the area.</summary>
    public double MaxArea { get; init; } = 1.0 / 3;

    /// <summary>Narrowest rectangle: width by height; the widest is its inverse.</summary>
    public double MinRatio { get; init; } = 0.3;

    /// <inheritdoc />
    public override bool MovesThings => false;

    /// <inheritdoc />
    public override RgbImage Apply(RgbImage image, AugmentationRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        for (var i = random.Happens(Probability) ? 0 : Tries; i < Tries; i++)
        {
            var area = image.Height * (double)image.Width * random.Between(MinArea, MaxArea);
            var ratio = random.LogBetween(MinRatio, 1 / MinRatio);
            var (width, height) = ((int)Math.Round(Math.Sqrt(area * ratio)), (int)Math.Round(Math.Sqrt(area / ratio)));
            if (width >= 1 && height >= 1 && width < image.Width && height < image.Height)
            {
                return Erased(image, random, random.Below(image.Height - height + 1), random.Below(image.Width - width + 1), height, width);
            }
        }

        return image;
    }

    private static RgbImage Erased(RgbImage image, AugmentationRandom random, int top, int left, int height, int width)
    {
        var erased = new RgbImage(image.Height, image.Width, [.. image.Pixels]);
        for (var y = top; y < top + height; y++)
        {
            foreach (ref var value in erased.Row(y).Slice(left * RgbImage.Channels, width * RgbImage.Channels))
            {
                value = random.Byte();
            }
        }

        return erased;
    }
}
