using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Changes that look at one pixel at a time.</summary>
internal static class PixelMap
{
    /// <summary>A picture whose values are looked up; <c>[256]</c>.</summary>
    public static RgbImage Look(RgbImage image, byte[] table)
    {
        var changed = new byte[image.Pixels.Length];
        for (var i = 0; i < changed.Length; i++)
        {
            changed[i] = table[image.Pixels[i]];
        }

        return new(image.Height, image.Width, changed);
    }

    /// <summary>A table of a function of the value.</summary>
    public static byte[] Table(Func<int, double> value) => [.. Enumerable.Range(0, 256).Select(level => Clip(value(level)))];

    /// <summary>A picture whose pixels are blended with their own brightness: 0 is grey, 1 the picture itself, more is more colour.</summary>
    public static RgbImage Saturate(RgbImage image, double factor)
    {
        var changed = new byte[image.Pixels.Length];
        for (var i = 0; i < changed.Length; i += RgbImage.Channels)
        {
            var grey = (double)Grey(image.Pixels, i);
            for (var c = i; c < i + RgbImage.Channels; c++)
            {
                changed[c] = Clip(grey + (factor * (image.Pixels[c] - grey)));
            }
        }

        return new(image.Height, image.Width, changed);
    }

    /// <summary>Brightness of a pixel in the weights of ITU-R BT.601, in Pillow's fixed point.</summary>
    public static int Grey(byte[] pixels, int at) => ((pixels[at] * 19595) + (pixels[at + 1] * 38470) + (pixels[at + 2] * 7471) + 0x8000) >> 16;

    /// <summary>The nearest byte.</summary>
    public static byte Clip(double value) => (byte)Math.Clamp(value + 0.5, 0, 255);
}
