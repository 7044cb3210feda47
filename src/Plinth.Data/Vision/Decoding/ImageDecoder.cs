using System.Buffers;
using Plinth.Core;
using SkiaSharp;

namespace Plinth.Data.Vision;

/// <summary>
/// Picture files to pixels: PNG, JPEG, WebP, BMP and the first frame of GIF, told apart by content. Embedded colour profiles are not
/// applied, 16-bit values keep their high byte. Safe for concurrent use.
/// </summary>
public static class ImageDecoder
{
    private const int SourceChannels = 4, HeadLength = 4096;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits and rules; the plain case when left out.</param>
    /// <exception cref="BadImageException">The file is missing, no picture, beyond a limit, cut off or damaged.</exception>
    public static RgbImage Load(string path, ImageDecodingOptions? options = null)
    {
        options ??= new();
        return Decode(ImageBytes.Read(path, options.Limits), path, options);
    }

    /// <summary>Reads the form and size of a file from its first bytes, and checks them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limits">What is refused; the plain case when left out.</param>
    /// <exception cref="BadImageException">The file is missing, no picture, beyond a limit or too short.</exception>
    public static ImageHeader Inspect(string path, ImageLimits? limits = null)
    {
        limits ??= new();
        return Inspect(path, limits, most => most == int.MaxValue ? ImageBytes.Read(path, limits) : ImageBytes.ReadHead(path, limits, most));
    }

    /// <summary>Reads the form and size of a file that is in memory, and checks them.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">Its name for messages.</param>
    /// <param name="limits">What is refused; the plain case when left out.</param>
    /// <exception cref="BadImageException">The bytes are no picture, or beyond a limit.</exception>
    public static ImageHeader Inspect(ReadOnlySpan<byte> bytes, string name, ImageLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        limits ??= new();
        ImageBytes.CheckLength(bytes.Length, name, limits);
        return ImageHeaderReader.Read(bytes, name, limits);
    }

    /// <summary>Reads the form and size of an entry of an archive from its first bytes.</summary>
    internal static ImageHeader Inspect(ImageArchive archive, string entry, ImageLimits limits) =>
        Inspect(archive.NameOf(entry), limits, most => archive.Read(entry, limits, most));

    /// <summary>Decodes the bytes of a file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">Its name for messages.</param>
    /// <param name="options">Limits and rules; the plain case when left out.</param>
    /// <exception cref="BadImageException">The bytes are no picture, beyond a limit, cut off or damaged.</exception>
    public static unsafe RgbImage Decode(ReadOnlySpan<byte> bytes, string name, ImageDecodingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        options ??= new();
        ImageBytes.CheckLength(bytes.Length, name, options.Limits);
        var header = ImageHeaderReader.Read(bytes, name, options.Limits);
        fixed (byte* start = bytes)
        {
            using var data = SKData.Create((nint)start, bytes.Length);
            using var codec = SKCodec.Create(data) ?? throw Damaged(name, header.Format, "its parts do not fit together");
            // The decoder has its own opinion of the size, which must not be the larger one.
            _ = ImageHeaderReader.Checked(header with { Height = codec.Info.Height, Width = codec.Info.Width }, name, options.Limits);
            var orientation = !options.AppliesOrientation ? 1 : header.Format == ImageFormat.Png ? PngOrientation.Read(bytes) : (int)codec.EncodedOrigin;
            return Decode(codec, name, header.Format, orientation, options.Background);
        }
    }

    private static ImageHeader Inspect(string name, ImageLimits limits, Func<int, byte[]> read)
    {
        var head = read(HeadLength);
        try
        {
            return ImageHeaderReader.Read(head, name, limits);
        }
        catch (BadImageException error) when (error.Fault == ImageFault.Truncated && head.Length == HeadLength)
        {
            // Long notes stand before the size.
            return ImageHeaderReader.Read(read(int.MaxValue), name, limits);
        }
    }

    private static unsafe RgbImage Decode(SKCodec codec, string name, ImageFormat format, int orientation, RgbColor? background)
    {
        var (height, width) = (codec.Info.Height, codec.Info.Width);
        var hasAlpha = codec.Info.AlphaType != SKAlphaType.Opaque;
        // No colour space: the values are wanted as they stand in the file.
        var info = new SKImageInfo(width, height, SKColorType.Rgba8888, hasAlpha ? SKAlphaType.Unpremul : SKAlphaType.Opaque);
        var length = checked(height * width * SourceChannels);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            SKCodecResult result;
            fixed (byte* pixels = buffer)
            {
                result = codec.GetPixels(info, (nint)pixels, new SKCodecOptions(SKZeroInitialized.No));
            }

            Check(result, name, format);
            var values = buffer.AsSpan(0, length);
            if (hasAlpha && background is { } color)
            {
                AlphaBlend.Over(values, color);
            }

            return Orientation.Upright(values, height, width, orientation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Check(SKCodecResult result, string name, ImageFormat format)
    {
        switch (result)
        {
            case SKCodecResult.Success:
                return;
            case SKCodecResult.IncompleteInput:
                throw new BadImageException(ImageFault.Truncated, $"{name} is {format} but ends too early. Fetch it again.");
            default:
                throw Damaged(name, format, $"the decoder answers {result}");
        }
    }

    private static BadImageException Damaged(string name, ImageFormat format, string what) =>
        new(ImageFault.Damaged, $"{name} is {format} but damaged: {what}. Fetch it or save it again.");
}
