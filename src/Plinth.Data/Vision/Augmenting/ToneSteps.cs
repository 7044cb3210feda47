using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Colours are given up, brightness stays.</summary>
/// <param name="Probability">How often.</param>
public sealed record Greyscale(double Probability = 0.2) : Augmentation
{
    /// <inheritdoc />
    public override bool MovesThings => false;

    /// <inheritdoc />
    public override RgbImage Apply(RgbImage image, AugmentationRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        return random.Happens(Probability) ? PixelMap.Saturate(image, 0) : image;
    }
}

/// <summary>Bright values are turned round, as in an overexposed negative.</summary>
/// <param name="Probability">How often.</param>
/// <param name="Threshold">The darkest value that is turned, 0 to 255.</param>
public sealed record Solarise(double Probability = 0.2, int Threshold = 128) : Augmentation
{
    /// <inheritdoc />
    public override bool MovesThings => false;

    /// <inheritdoc />
    public override RgbImage Apply(RgbImage image, AugmentationRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        return random.Happens(Probability) ? PixelMap.Look(image, PixelMap.Table(level => level >= Threshold ? 255 - level : level)) : image;
    }
}
