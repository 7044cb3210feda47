using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Plinth.Export.Gguf;

/// <summary>Writes numbers as a GGUF type and reads them back.</summary>
internal static class GgufNumbers
{
    /// <summary>Encodes numbers; their count is a multiple of the type's block.</summary>
    public static void Encode(GgufType type, ReadOnlySpan<float> source, Span<byte> target)
    {
        switch (type)
        {
            case GgufType.F32:
                for (var i = 0; i < source.Length; i++)
                {
                    BinaryPrimitives.WriteSingleLittleEndian(target[(4 * i)..], source[i]);
                }

                break;
            case GgufType.F16:
                for (var i = 0; i < source.Length; i++)
                {
                    BinaryPrimitives.WriteHalfLittleEndian(target[(2 * i)..], (Half)source[i]);
                }

                break;
            case GgufType.BF16:
                for (var i = 0; i < source.Length; i++)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(target[(2 * i)..], ToBrain(source[i]));
                }

                break;
            case GgufType.Q8_0:
                BlockQuantization.QuantizeEightBit(source, target);
                break;
            default:
                BlockQuantization.QuantizeFourBit(source, target);
                break;
        }
    }

    /// <summary>Decodes numbers.</summary>
    public static void Decode(GgufType type, ReadOnlySpan<byte> source, Span<float> target)
    {
        switch (type)
        {
            case GgufType.F32 when BitConverter.IsLittleEndian:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(target);
                break;
            case GgufType.F32:
                for (var i = 0; i < target.Length; i++)
                {
                    target[i] = BinaryPrimitives.ReadSingleLittleEndian(source[(4 * i)..]);
                }

                break;
            case GgufType.F16:
                for (var i = 0; i < target.Length; i++)
                {
                    target[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(source[(2 * i)..]);
                }

                break;
            case GgufType.BF16:
                for (var i = 0; i < target.Length; i++)
                {
                    target[i] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(source[(2 * i)..]) << 16);
                }

                break;
            case GgufType.Q8_0:
                BlockQuantization.RestoreEightBit(source, target);
                break;
            default:
                BlockQuantization.RestoreFourBit(source, target);
                break;
        }
    }

    // To nearest, ties to even; a NaN stays one although its set bits may lie in the lower half.
    private static ushort ToBrain(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 64) : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
