using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Lays transparent pixels over one colour.</summary>
internal static class AlphaBlend
{
    /// <summary>Blends in place, in the file's own values, rounded to the nearest.</summary>
    /// <param name="pixels">Red, green, blue and alpha, not multiplied by it; <c>[..., 4]</c>.</param>
    /// <param name="color">What lies behind.</param>
    public static void Over(Span<byte> pixels, RgbColor color)
    {
        for (var i = 0; i < pixels.Length; i += 4)
        {
            var alpha = pixels[i + 3];
            pixels[i] = Mix(pixels[i], color.Red, alpha);
            pixels[i + 1] = Mix(pixels[i + 1], color.Green, alpha);
            pixels[i + 2] = Mix(pixels[i + 2], color.Blue, alpha);
        }
    }

    private static byte Mix(int value, int behind, int alpha) => (byte)(((value * alpha) + (behind * (255 - alpha)) + 127) / 255);
}
