using Plinth.Core;
using Plinth.Core.Files;
using SkiaSharp;

namespace Plinth.Data.Vision;

/// <summary>Pixels to picture files.</summary>
public static class ImageEncoder
{
    /// <summary>The bytes of a PNG, which keeps every value.</summary>
    public static byte[] Png(RgbImage image) => Encode(image, SKEncodedImageFormat.Png, 100);

    /// <summary>The bytes of a JPEG.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="quality">0 to 100: small, or like the original.</param>
    public static byte[] Jpeg(RgbImage image, int quality = 90) => Encode(image, SKEncodedImageFormat.Jpeg, quality);

    /// <summary>Writes a file in the form that its extension names: <c>.png</c>, <c>.jpg</c> or <c>.jpeg</c>.</summary>
    /// <exception cref="PlinthException">The extension is another one, or the file cannot be written.</exception>
    public static void Save(string path, RgbImage image)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var bytes = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => Png(image),
            ".jpg" or ".jpeg" => Jpeg(image),
            var other => throw new PlinthException($"'{path}' has the extension '{other}'. Pictures are written as .png or .jpg."),
        };
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    private static unsafe byte[] Encode(RgbImage image, SKEncodedImageFormat format, int quality)
    {
        ArgumentNullException.ThrowIfNull(image);
        var pixels = new byte[checked(image.Height * image.Width * 4)];
        for (var (from, to) = (0, 0); from < image.Pixels.Length; from += 3, to += 4)
        {
            (pixels[to], pixels[to + 1], pixels[to + 2], pixels[to + 3]) = (image.Pixels[from], image.Pixels[from + 1], image.Pixels[from + 2], 255);
        }

        fixed (byte* start = pixels)
        {
            using var map = new SKPixmap(new(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque), (nint)start);
            using var data = map.Encode(format, quality) ?? throw new PlinthException($"A picture of {image.Height} x {image.Width} cannot be written as {format}.");
            return data.ToArray();
        }
    }
}
