using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Turns colours around the hue circle; lightest and darkest value of each pixel stay.</summary>
internal static class HueTurn
{
    private const double Sixth = 1 / 6.0;

    /// <param name="image">The picture.</param>
    /// <param name="turn">Parts of a whole turn.</param>
    public static RgbImage Apply(RgbImage image, double turn)
    {
        var changed = new byte[image.Pixels.Length];
        for (var i = 0; i < changed.Length; i += RgbImage.Channels)
        {
            var (red, green, blue) = ((double)image.Pixels[i], (double)image.Pixels[i + 1], (double)image.Pixels[i + 2]);
            var (most, least) = (Math.Max(red, Math.Max(green, blue)), Math.Min(red, Math.Min(green, blue)));
            var range = most - least;
            var hue = range == 0 ? 0
                : most == red ? (green - blue) / range * Sixth
                : most == green ? (((blue - red) / range) + 2) * Sixth
                : (((red - green) / range) + 4) * Sixth;
            hue += turn;
            changed[i] = Part(hue, 5, most, range);
            changed[i + 1] = Part(hue, 3, most, range);
            changed[i + 2] = Part(hue, 1, most, range);
        }

        return new(image.Height, image.Width, changed);
    }

    // Each channel is the same ramp, begun at another place of the circle.
    private static byte Part(double hue, int offset, double most, double range)
    {
        var place = ((hue * 6) + offset) % 6;
        place = place < 0 ? place + 6 : place;
        return PixelMap.Clip(most - (range * Math.Clamp(Math.Min(place, 4 - place), 0, 1)));
    }
}
