using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Brightness, contrast, saturation and hue, each by a random amount, in random order.</summary>
public sealed record ColorJitter : Augmentation
{
    /// <summary>Largest change of brightness: factors from 1 - this, not below 0, to 1 + this.</summary>
    public double Brightness { get; init; } = 0.4;

    /// <summary>Largest change of contrast, as a factor.</summary>
    public double Contrast { get; init; } = 0.4;

    /// <summary>Largest change of saturation, as a factor.</summary>
    public double Saturation { get; init; } = 0.4;

    /// <summary>Largest turn of the hue, in parts of a whole turn: 0 none, 0.5 any.</summary>
    public double Hue { get; init; } = 0.1;

    /// <summary>How often anything is changed.</summary>
    public double Probability { get; init; } = 1;

    /// <inheritdoc />
    public override bool MovesThings => false;

    /// <inheritdoc />
    public override RgbImage Apply(RgbImage image, AugmentationRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        if (!random.Happens(Probability))
        {
            return image;
        }

        List<Func<RgbImage, RgbImage>> steps = [];
        if (Brightness > 0)
        {
            var factor = Factor(random, Brightness);
            steps.Add(picture => PixelMap.Look(picture, PixelMap.Table(level => level * factor)));
        }

        if (Contrast > 0)
        {
            var factor = Factor(random, Contrast);
            steps.Add(picture => Contrasted(picture, factor));
        }

        if (Saturation > 0)
        {
            var factor = Factor(random, Saturation);
            steps.Add(picture => PixelMap.Saturate(picture, factor));
        }

        if (Hue > 0)
        {
            var turn = random.Between(-Hue, Hue);
            steps.Add(picture => HueTurn.Apply(picture, turn));
        }

        while (steps.Count > 0)
        {
            var next = random.Below(steps.Count);
            image = steps[next](image);
            steps.RemoveAt(next);
        }

        return image;
    }

    private static RgbImage Contrasted(RgbImage image, double factor)
    {
        var sum = 0L;
        for (var i = 0; i < image.Pixels.Length; i += RgbImage.Channels)
        {
            sum += PixelMap.Grey(image.Pixels, i);
        }

        var mean = Math.Floor(((double)sum / (image.Height * (double)image.Width)) + 0.5);
        return PixelMap.Look(image, PixelMap.Table(level => mean + (factor * (level - mean))));
    }

    private static double Factor(AugmentationRandom random, double most) => random.Between(Math.Max(0, 1 - most), 1 + most);
}
