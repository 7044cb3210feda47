using System.Buffers.Binary;

namespace Plinth.Export.Gguf;

/// <summary>The block codes Q8_0 and Q4_0, by the rules of ggml's reference: the same bytes for the same numbers.</summary>
internal static class BlockQuantization
{
    /// <summary>Elements of a block.</summary>
    public const int Elements = 32;

    /// <summary>Bytes of a Q4_0 block: scale, then 16 bytes whose low halves are the first 16 elements.</summary>
    public const int FourBitBytes = 2 + (Elements / 2);

    /// <summary>Bytes of a Q8_0 block: scale, then 32 signed bytes.</summary>
    public const int EightBitBytes = 2 + Elements;

    /// <summary>Encodes whole blocks: the scale makes the largest magnitude 127.</summary>
    public static void QuantizeEightBit(ReadOnlySpan<float> source, Span<byte> target)
    {
        for (; source.Length > 0; source = source[Elements..], target = target[EightBitBytes..])
        {
            var largest = 0f;
            foreach (var value in source[..Elements])
            {
                largest = MathF.Max(largest, MathF.Abs(value));
            }

            var scale = largest / 127f;
            var inverse = scale != 0 ? 1f / scale : 0f;
            BinaryPrimitives.WriteHalfLittleEndian(target, (Half)scale);
            if (float.IsInfinity(inverse))
            {
                // All are so small that their scale is 0 in half precision.
                target[2..EightBitBytes].Clear();
                continue;
            }

            for (var i = 0; i < Elements; i++)
            {
                target[2 + i] = (byte)(sbyte)MathF.Round(source[i] * inverse, MidpointRounding.AwayFromZero);
            }
        }
    }

    /// <summary>Encodes whole blocks: the scale makes the value of largest magnitude −8, so that the sign decides which side has the extra step.</summary>
    public static void QuantizeFourBit(ReadOnlySpan<float> source, Span<byte> target)
    {
        for (; source.Length > 0; source = source[Elements..], target = target[FourBitBytes..])
        {
            float magnitude = 0, extreme = 0;
            foreach (var value in source[..Elements])
            {
                if (MathF.Abs(value) > magnitude)
                {
                    magnitude = MathF.Abs(value);
                    extreme = value;
                }
            }

            var scale = extreme / -8f;
            var inverse = scale != 0 ? 1f / scale : 0f;
            BinaryPrimitives.WriteHalfLittleEndian(target, (Half)scale);
            if (float.IsInfinity(inverse))
            {
                target[2..FourBitBytes].Clear();
                continue;
            }

            for (var i = 0; i < Elements / 2; i++)
            {
                target[2 + i] = (byte)(Level(source[i], inverse) | (Level(source[i + (Elements / 2)], inverse) << 4));
            }
        }
    }

    /// <summary>Decodes whole Q8_0 blocks.</summary>
    public static void RestoreEightBit(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (; source.Length > 0; source = source[EightBitBytes..], target = target[Elements..])
        {
            var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(source);
            for (var i = 0; i < Elements; i++)
            {
                target[i] = (sbyte)source[2 + i] * scale;
            }
        }
    }

    /// <summary>Decodes whole Q4_0 blocks.</summary>
    public static void RestoreFourBit(ReadOnlySpan<byte> source, Span<float> target)
    {
        for (; source.Length > 0; source = source[FourBitBytes..], target = target[Elements..])
        {
            var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(source);
            for (var i = 0; i < Elements / 2; i++)
            {
                target[i] = ((source[2 + i] & 15) - 8) * scale;
                target[i + (Elements / 2)] = ((source[2 + i] >> 4) - 8) * scale;
            }
        }
    }

    private static int Level(float value, float inverse) => Math.Min(15, (int)((value * inverse) + 8.5f));
}
