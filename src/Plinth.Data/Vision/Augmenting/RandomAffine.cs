using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Small turns, shifts, sizes and slants, as hands write digits. What comes from outside has one colour.</summary>
public sealed record RandomAffine : Augmentation
{
    /// <summary>Largest turn to either side, in degrees.</summary>
    public double MaxRotation { get; init; } = 10;

    /// <summary>Largest shift in each direction, as a part of the side.</summary>
    public double MaxShift { get; init; } = 0.1;

    /// <summary>Smallest size, 1 being the picture's own.</summary>
    public double MinScale { get; init; } = 0.9;

    /// <summary>Largest size.</summary>
    public double MaxScale { get; init; } = 1.1;

    /// <summary>Largest slant to either side, in degrees.</summary>
    public double MaxShear { get; init; }

    /// <summary>What comes from outside.</summary>
    public RgbColor Background { get; init; }

    /// <summary>How often.</summary>
    public double Probability { get; init; } = 1;

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

        var (angle, shear) = (Radians(random, MaxRotation), Radians(random, MaxShear));
        var scale = random.LogBetween(MinScale, MaxScale);
        var (shiftX, shiftY) = (random.Between(-MaxShift, MaxShift) * image.Width, random.Between(-MaxShift, MaxShift) * image.Height);
        // Where a new pixel comes from: the way back, turned, slanted and scaled around the middle.
        var (cos, sin, slant) = (Math.Cos(angle) / scale, Math.Sin(angle) / scale, Math.Tan(shear));
        var (middleX, middleY) = ((image.Width - 1) / 2.0, (image.Height - 1) / 2.0);
        var moved = new RgbImage(image.Height, image.Width);
        for (var y = 0; y < image.Height; y++)
        {
            var row = moved.Row(y);
            for (var x = 0; x < image.Width; x++)
            {
                var (dx, dy) = (x - middleX - shiftX, y - middleY - shiftY);
                var (fromX, fromY) = ((cos * dx) + (sin * dy), (cos * dy) - (sin * dx));
                Sample(image, fromX + (slant * fromY) + middleX, fromY + middleY, row.Slice(x * RgbImage.Channels, RgbImage.Channels));
            }
        }

        return moved;
    }

    private void Sample(RgbImage image, double x, double y, Span<byte> target)
    {
        var (left, top) = ((int)Math.Floor(x), (int)Math.Floor(y));
        var (partX, partY) = (x - left, y - top);
        for (var channel = 0; channel < RgbImage.Channels; channel++)
        {
            var upper = (Value(image, top, left, channel) * (1 - partX)) + (Value(image, top, left + 1, channel) * partX);
            var lower = (Value(image, top + 1, left, channel) * (1 - partX)) + (Value(image, top + 1, left + 1, channel) * partX);
            target[channel] = PixelMap.Clip((upper * (1 - partY)) + (lower * partY));
        }
    }

    private byte Value(RgbImage image, int y, int x, int channel) => y >= 0 && x >= 0 && y < image.Height && x < image.Width
        ? image.Pixels[(((y * image.Width) + x) * RgbImage.Channels) + channel]
        : channel switch { 0 => Background.Red, 1 => Background.Green, _ => Background.Blue };

    private static double Radians(AugmentationRandom random, double most) => random.Between(-most, most) * Math.PI / 180;
}
