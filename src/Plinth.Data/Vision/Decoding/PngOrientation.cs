using System.Buffers.Binary;

namespace Plinth.Data.Vision;

/// <summary>
/// The orientation in the <c>eXIf</c> chunk of a PNG, which the decoder leaves alone. Whatever is malformed counts as upright: notes
/// beside a picture never make it unreadable.
/// </summary>
internal static class PngOrientation
{
    private const int Upright = 1, Tag = 0x0112, EntryLength = 12, SignatureLength = 8, ChunkFrame = 12;

    /// <summary>1 to 8.</summary>
    public static int Read(ReadOnlySpan<byte> png)
    {
        for (var rest = png[SignatureLength..]; rest.Length >= ChunkFrame;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - ChunkFrame)
            {
                break;
            }

            if (rest[4..8].SequenceEqual("eXIf"u8))
            {
                return Orientation(rest.Slice(8, (int)length));
            }

            rest = rest[((int)length + ChunkFrame)..];
        }

        return Upright;
    }

    // A TIFF header, then the entries of the first directory: tag, type, count, value.
    private static int Orientation(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8 || !(tiff.StartsWith("II"u8) || tiff.StartsWith("MM"u8)))
        {
            return Upright;
        }

        var isLittle = tiff[0] == 'I';
        var at = Long(tiff[4..], isLittle);
        if (at > tiff.Length - 2)
        {
            return Upright;
        }

        var directory = tiff[(int)at..];
        var count = Short(directory, isLittle);
        directory = directory[2..];
        for (var i = 0; i < count && directory.Length >= EntryLength; i++, directory = directory[EntryLength..])
        {
            if (Short(directory, isLittle) == Tag)
            {
                return Short(directory[8..], isLittle) is >= 1 and <= 8 and var orientation ? orientation : Upright;
            }
        }

        return Upright;
    }

    private static int Short(ReadOnlySpan<byte> bytes, bool isLittle) => isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint Long(ReadOnlySpan<byte> bytes, bool isLittle) => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
