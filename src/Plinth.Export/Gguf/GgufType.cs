using System.Diagnostics.CodeAnalysis;

namespace Plinth.Export.Gguf;

/// <summary>Element types of GGUF files that are written and read here; the numbers are the format's.</summary>
[SuppressMessage("Naming", "CA1707", Justification = "The names are the format's own.")]
public enum GgufType
{
    /// <summary>Single precision.</summary>
    F32 = 0,

    /// <summary>Half precision.</summary>
    F16 = 1,

    /// <summary>Blocks of 32 numbers in 4 bits each with a half-precision scale: 18 bytes.</summary>
    Q4_0 = 2,

    /// <summary>Blocks of 32 numbers in 8 bits each with a half-precision scale: 34 bytes.</summary>
    Q8_0 = 8,

    /// <summary>The upper half of single precision.</summary>
    BF16 = 30,
}

/// <summary>Sizes of the element types.</summary>
internal static class GgufTypes
{
    /// <summary>Elements that are encoded together.</summary>
    public static int BlockElements(this GgufType type) => type is GgufType.Q4_0 or GgufType.Q8_0 ? BlockQuantization.Elements : 1;

    /// <summary>Bytes of one such group.</summary>
    public static int BlockBytes(this GgufType type) => type switch
    {
        GgufType.F32 => 4,
        GgufType.F16 or GgufType.BF16 => 2,
        GgufType.Q4_0 => BlockQuantization.FourBitBytes,
        GgufType.Q8_0 => BlockQuantization.EightBitBytes,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Bytes of so many elements, which are whole blocks.</summary>
    public static long Bytes(this GgufType type, long elements) => elements / type.BlockElements() * type.BlockBytes();

    /// <summary>The largest magnitude that the type can hold; where a block shares a scale, that scale is in half precision.</summary>
    public static float Largest(this GgufType type) => type switch
    {
        GgufType.F16 => (float)Half.MaxValue,
        GgufType.Q8_0 => (float)Half.MaxValue * 127,
        GgufType.Q4_0 => (float)Half.MaxValue * 8,
        _ => float.PositiveInfinity,
    };

    /// <summary>The number that <c>general.file_type</c> has for a file mostly of this type.</summary>
    public static uint FileType(this GgufType type) => type switch
    {
        GgufType.F32 => 0,
        GgufType.F16 => 1,
        GgufType.Q4_0 => 2,
        GgufType.Q8_0 => 7,
        GgufType.BF16 => 32,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
