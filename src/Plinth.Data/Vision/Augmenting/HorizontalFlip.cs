using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Left and right change places.</summary>
/// <param name="Probability">How often.</param>
public sealed record HorizontalFlip(double Probability = 0.5) : Augmentation
{
    /// <inheritdoc />
    public override bool MovesThings => true;

    /// <inheritdoc />
    public override RgbImage Apply(RgbImage image, AugmentationRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        if (!random.Happens(Probability))
        {
            return image;
        }

        var flipped = new RgbImage(image.Height, image.Width);
        for (var y = 0; y < image.Height; y++)
        {
            var from = image.Row(y);
            var to = y * image.Width * RgbImage.Channels;
            for (var at = from.Length - RgbImage.Channels; at >= 0; at -= RgbImage.Channels, to += RgbImage.Channels)
            {
                from.Slice(at, RgbImage.Channels).CopyTo(flipped.Pixels.AsSpan(to));
            }
        }

        return flipped;
    }

    /// <inheritdoc />
    public override bool TakesBoxesAlong => true;

    /// <inheritdoc />
    public override ImageBox Follow(ImageBox box, int width, AugmentationRandom random)
    {
        ArgumentNullException.ThrowIfNull(box);
        ArgumentNullException.ThrowIfNull(random);
        return random.Happens(Probability) ? box with { Left = width - box.Left - box.Width } : box;
    }
}
