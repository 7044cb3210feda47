namespace Plinth.Data.Vision;

/// <summary>The first bytes by which files are known.</summary>
internal static class ImageSignatures
{
    /// <summary>Names of the forms that are read.</summary>
    public const string Known = "PNG, JPEG, WebP, BMP and GIF";

    // Forms that people have and that are not read, so that a refusal can name them.
    private static readonly (string Name, int At, byte[] Bytes)[] Foreign =
    [
        ("a TIFF picture", 0, "II*\0"u8.ToArray()),
        ("a TIFF picture", 0, "MM\0*"u8.ToArray()),
        ("an AVIF picture", 4, "ftypavif"u8.ToArray()),
        ("a HEIF picture", 4, "ftyphei"u8.ToArray()),
        ("a HEIF picture", 4, "ftypmif1"u8.ToArray()),
        ("a JPEG XL picture", 0, [0xFF, 0x0A]),
        ("a JPEG XL picture", 4, "JXL "u8.ToArray()),
        ("a JPEG 2000 picture", 4, "jP  "u8.ToArray()),
        ("a Photoshop picture", 0, "8BPS"u8.ToArray()),
        ("a Windows icon", 0, [0, 0, 1, 0]),
        ("an SVG drawing", 0, "<svg"u8.ToArray()),
        ("an XML text, perhaps an SVG drawing", 0, "<?xml"u8.ToArray()),
        ("a PDF document", 0, "%PDF"u8.ToArray()),
        ("a QOI picture", 0, "qoif"u8.ToArray()),
        ("an OpenEXR picture", 0, [0x76, 0x2F, 0x31, 0x01]),
        ("a DDS texture", 0, "DDS "u8.ToArray()),
        ("a Netpbm picture", 0, "P6\n"u8.ToArray()),
        ("a Netpbm picture", 0, "P5\n"u8.ToArray()),
    ];

    private static ReadOnlySpan<byte> Png => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    /// <summary>The form of a picture that is read, or null.</summary>
    public static ImageFormat? Find(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(Png) ? ImageFormat.Png
        : bytes.StartsWith(Jpeg) ? ImageFormat.Jpeg
        : bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8) ? ImageFormat.Gif
        : bytes.Length >= 12 && bytes.StartsWith("RIFF"u8) && bytes[8..12].SequenceEqual("WEBP"u8) ? ImageFormat.WebP
        // Two letters are little: the size of the second header must be one that exists.
        : bytes.Length >= 18 && bytes.StartsWith("BM"u8) && bytes[14] is 12 or 40 or 52 or 56 or 64 or 108 or 124 && bytes[15] == 0 && bytes[16] == 0 && bytes[17] == 0 ? ImageFormat.Bmp
        : null;

    /// <summary>The name of a form that is known but not read, or null.</summary>
    public static string? ForeignName(ReadOnlySpan<byte> bytes)
    {
        foreach (var (name, at, signature) in Foreign)
        {
            if (bytes.Length >= at && bytes[at..].StartsWith(signature))
            {
                return name;
            }
        }

        return null;
    }
}
