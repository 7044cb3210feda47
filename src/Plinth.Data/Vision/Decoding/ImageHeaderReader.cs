using System.Buffers.Binary;

namespace Plinth.Data.Vision;

/// <summary>
/// Reads the form and size of a picture from its bytes without decoding it, and refuses what is beyond the limits. The decoder
/// sees only what has passed here.
/// </summary>
internal static class ImageHeaderReader
{
    // Enough for every form but JPEG, whose size may stand behind long notes.
    private const int ShortestHead = 30;

    /// <summary>Reads and checks.</summary>
    /// <param name="bytes">The whole file, or as much of it as was read.</param>
    /// <param name="name">Name for messages.</param>
    /// <param name="limits">What is refused.</param>
    /// <exception cref="BadImageException">It is no picture, of another form, beyond a limit or cut off.</exception>
    public static ImageHeader Read(ReadOnlySpan<byte> bytes, string name, ImageLimits limits)
    {
        if (bytes.IsEmpty)
        {
            throw new BadImageException(ImageFault.Empty, $"{name} is empty. Fetch it again.");
        }

        if (ImageSignatures.Find(bytes) is not { } format)
        {
            throw Unknown(bytes, name);
        }

        var header = format == ImageFormat.Jpeg ? JpegHeader.Read(bytes)
            : bytes.Length < ShortestHead ? null
            : Sized(format, bytes);
        return Checked(header ?? throw new BadImageException(ImageFault.Truncated, $"{name} is {format} but ends before it says its size. Fetch it again."), name, limits);
    }

    /// <summary>Refuses sizes beyond the limits.</summary>
    /// <exception cref="BadImageException">A side, the area or the number of scans is too large, or a side is 0.</exception>
    public static ImageHeader Checked(ImageHeader header, string name, ImageLimits limits)
    {
        var (height, width) = (header.Height, header.Width);
        if (height == 0 || width == 0)
        {
            throw new BadImageException(ImageFault.Empty, $"{name} has no pixels: it claims {height} rows and {width} columns.");
        }

        if (height < 0 || width < 0 || height > limits.MaxSide || width > limits.MaxSide || (long)height * width > limits.MaxPixels)
        {
            throw new BadImageException(
                ImageFault.TooLarge,
                $"{name} claims {(uint)height:N0} rows and {(uint)width:N0} columns; read are at most {limits.MaxSide:N0} a side and {limits.MaxPixels:N0} pixels. " +
                "If it is meant to be so, make it smaller first or raise the limits (ImageLimits).");
        }

        return header.ScanCount <= limits.MaxScans
            ? header
            : throw new BadImageException(ImageFault.TooLarge, $"{name} is a progressive JPEG of {header.ScanCount:N0} scans; at most {limits.MaxScans:N0} are decoded. Save it again as baseline JPEG.");
    }

    private static ImageHeader? Sized(ImageFormat format, ReadOnlySpan<byte> bytes) => format switch
    {
        ImageFormat.Png => bytes[12..16].SequenceEqual("IHDR"u8)
            ? new(format, BinaryPrimitives.ReadInt32BigEndian(bytes[20..]), BinaryPrimitives.ReadInt32BigEndian(bytes[16..]))
            : null,
        ImageFormat.Gif => new(format, BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..])),
        ImageFormat.Bmp => Bitmap(bytes),
        _ => WebP(bytes),
    };

    private static ImageHeader Bitmap(ReadOnlySpan<byte> bytes)
    {
        // The oldest header holds sizes of 16 bits; in later ones a negative height means rows from the top.
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[14..]) == 12)
        {
            return new(ImageFormat.Bmp, BinaryPrimitives.ReadUInt16LittleEndian(bytes[20..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]));
        }

        var height = BinaryPrimitives.ReadInt32LittleEndian(bytes[22..]);
        return new(ImageFormat.Bmp, height == int.MinValue ? height : Math.Abs(height), BinaryPrimitives.ReadInt32LittleEndian(bytes[18..]));
    }

    // https://developers.google.com/speed/webp/docs/riff_container
    private static ImageHeader? WebP(ReadOnlySpan<byte> bytes)
    {
        var kind = bytes[12..16];
        if (kind.SequenceEqual("VP8X"u8))
        {
            return new(ImageFormat.WebP, 1 + Three(bytes[27..]), 1 + Three(bytes[24..]));
        }

        if (kind.SequenceEqual("VP8L"u8))
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(bytes[21..]);
            return new(ImageFormat.WebP, 1 + (int)((bits >> 14) & 0x3FFF), 1 + (int)(bits & 0x3FFF));
        }

        return kind.SequenceEqual("VP8 "u8)
            ? new(ImageFormat.WebP, BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]) & 0x3FFF, BinaryPrimitives.ReadUInt16LittleEndian(bytes[26..]) & 0x3FFF)
            : null;
    }

    private static int Three(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    private static BadImageException Unknown(ReadOnlySpan<byte> bytes, string name) => ImageSignatures.ForeignName(bytes) is { } foreign
        ? new(ImageFault.UnsupportedFormat, $"{name} is {foreign}, which is not read. Save it as one of {ImageSignatures.Known}.")
        : new(ImageFault.NotAnImage, $"{name} is no picture, whatever its name says. Read are {ImageSignatures.Known}, by content.");
}
