using System.Buffers.Binary;

namespace Plinth.Data.Vision;

/// <summary>Walks the markers of a JPEG (ITU-T T.81, annex B) to its size, and counts its scans.</summary>
internal static class JpegHeader
{
    private const byte Escape = 0xFF, Image = 0xD8, End = 0xD9, Scan = 0xDA, Temporary = 0x01;

    /// <summary>The header, or null when the bytes end before the size.</summary>
    public static ImageHeader? Read(ReadOnlySpan<byte> bytes)
    {
        for (var at = 2; at + 9 < bytes.Length;)
        {
            if (bytes[at] != Escape)
            {
                // What stands between segments is skipped, as decoders do.
                at++;
                continue;
            }

            var marker = bytes[at + 1];
            if (marker is Escape)
            {
                at++;
            }
            else if (marker is 0 or Image or Temporary or (>= 0xD0 and <= 0xD7))
            {
                at += 2;
            }
            else if (marker is End or Scan)
            {
                return null;
            }
            else if (IsFrame(marker))
            {
                return new(
                    ImageFormat.Jpeg, BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 5)..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 7)..]),
                    CountScans(bytes[(at + 2)..]));
            }
            else
            {
                at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            }
        }

        return null;
    }

    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    // Within coded data the escape is always followed by another byte, so that the pair stands for a scan only, or for little in a note.
    private static int CountScans(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        for (int next; (next = bytes.IndexOf([Escape, Scan])) >= 0; count++)
        {
            bytes = bytes[(next + 2)..];
        }

        return Math.Max(1, count);
    }
}
