using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>Element types of weight files: torch's type, its name in safetensors files and its size in bytes.</summary>
internal sealed record WeightType(ScalarType Type, string Name, int Size)
{
    // TorchSharp has no names for the numbers that it does not compute with; they are those of c10::ScalarType.
    private static readonly WeightType[] all =
    [
        new(ScalarType.Float64, "F64", 8), new(ScalarType.Float32, "F32", 4), new(ScalarType.Float16, "F16", 2),
        new(ScalarType.BFloat16, "BF16", 2), new(ScalarType.Int64, "I64", 8), new(ScalarType.Int32, "I32", 4),
        new(ScalarType.Int16, "I16", 2), new(ScalarType.Int8, "I8", 1), new(ScalarType.Byte, "U8", 1), new(ScalarType.Bool, "BOOL", 1),
        new((ScalarType)23, "F8_E5M2", 1), new((ScalarType)24, "F8_E4M3", 1),
        new((ScalarType)27, "U16", 2), new((ScalarType)28, "U32", 4), new((ScalarType)29, "U64", 8),
    ];

    private static readonly Dictionary<string, WeightType> byName = all.ToDictionary(type => type.Name);
    private static readonly Dictionary<ScalarType, WeightType> byType = all.ToDictionary(type => type.Type);

    /// <summary>All names.</summary>
    public static string Known { get; } = string.Join(", ", all.Select(type => type.Name));

    /// <summary>The type of that safetensors name, or null.</summary>
    public static WeightType? Of(string name) => byName.GetValueOrDefault(name);

    /// <summary>The entry of torch's type, or null.</summary>
    public static WeightType? Of(ScalarType type) => byType.GetValueOrDefault(type);

    /// <summary>Bytes of a tensor, or null when the shape is negative or overflows, also in torch's own strides.</summary>
    public long? ByteCount(IReadOnlyList<long> shape)
    {
        Int128 count = 1, strides = Size;
        foreach (var size in shape)
        {
            count *= size;
            strides *= Math.Max(size, 1);
            if (size < 0 || strides > long.MaxValue)
            {
                return null;
            }
        }

        return (long)(count * Size);
    }
}
