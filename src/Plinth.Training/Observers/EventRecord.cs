using System.Buffers.Binary;
using System.Numerics;

namespace Plinth.Training.Observers;

/// <summary>The frame of a TFRecord: length (8 bytes), masked CRC32C of the length (4), the bytes, masked CRC32C of the bytes (4), little-endian.</summary>
internal static class EventRecord
{
    /// <summary>One record with its frame.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> content)
    {
        var frame = new byte[8 + 4 + content.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(frame, content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), MaskedChecksum(frame.AsSpan(0, 8)));
        content.CopyTo(frame.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(12 + content.Length), MaskedChecksum(content));
        return frame;
    }

    /// <summary>CRC32C, rotated and shifted so that a checksum of data that holds checksums stays sound (tensorflow/core/lib/hash/crc32c.h).</summary>
    private static uint MaskedChecksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var value in bytes)
        {
            checksum = BitOperations.Crc32C(checksum, value);
        }

        return BitOperations.RotateRight(~checksum, 15) + 0xa282ead8u;
    }
}
