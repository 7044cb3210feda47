using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace Plinth.Export.Gguf;

/// <summary>The checked header of a GGUF file.</summary>
internal sealed record GgufHeader(int Version, IReadOnlyDictionary<string, object> Metadata, IReadOnlyDictionary<string, GgufEntry> Entries)
{
    private const int MostDimensions = 4, LongestName = 1024, LargestAlignment = 1 << 20;
    private const string AlignmentKey = "general.alignment";

    // Name, dimensions, type and offset of an entry without any letter or dimension.
    private const int SmallestEntry = 8 + 4 + 4 + 8, SmallestPair = 8 + 4 + 1;

    /// <summary>Reads and checks.</summary>
    public static GgufHeader Read(string path, SafeFileHandle file)
    {
        var cursor = new GgufCursor(path, file);
        if (!cursor.Bytes(4).AsSpan().SequenceEqual(GgufWriter.Magic))
        {
            throw cursor.Error("it does not begin with GGUF");
        }

        var version = cursor.Number<uint>();
        if (version is not (2 or 3))
        {
            throw cursor.Error(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(version) is 2 or 3 ? "it is big-endian, which is not read" : $"its version is {version}; 2 and 3 are read");
        }

        var tensorCount = cursor.Count(SmallestEntry, "tensors");
        var pairCount = cursor.Count(SmallestPair, "keys");
        var metadata = new Dictionary<string, object>(StringComparer.Ordinal);
        for (var i = 0L; i < pairCount; i++)
        {
            var key = cursor.Text(LongestName);
            if (!metadata.TryAdd(key, Value(cursor, key)))
            {
                throw cursor.Error($"the key '{key}' is there twice");
            }
        }

        var claims = new List<(string Name, GgufType Type, long[] Shape, long Offset, long Bytes)>();
        for (var i = 0L; i < tensorCount; i++)
        {
            claims.Add(Claim(cursor));
        }

        return new((int)version, metadata, Place(cursor, claims, Alignment(cursor, metadata)));
    }

    private static object Value(GgufCursor cursor, string key)
    {
        var number = cursor.Number<uint>();
        if (number != GgufValueType.Array)
        {
            return cursor.Value(TypeOf(number));
        }

        var type = TypeOf(cursor.Number<uint>());
        var count = cursor.Count(GgufCursor.SizeOf(type), $"elements of '{key}'");
        var array = Array.CreateInstance(type, count);
        for (var i = 0L; i < count; i++)
        {
            array.SetValue(cursor.Value(type), i);
        }

        return array;

        Type TypeOf(uint of) => GgufValueType.Of(of) ?? throw cursor.Error($"the key '{key}' has the unknown type {of}");
    }

    private static (string Name, GgufType Type, long[] Shape, long Offset, long Bytes) Claim(GgufCursor cursor)
    {
        var name = cursor.Text(LongestName);
        var dimensions = cursor.Number<uint>();
        if (dimensions > MostDimensions)
        {
            throw cursor.Error($"the tensor '{name}' has {dimensions} dimensions; at most {MostDimensions} are read");
        }

        var shape = new long[dimensions];
        Int128 count = 1;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            var size = cursor.Number<ulong>();
            count *= size;
            if (size > long.MaxValue || count > long.MaxValue / 4)
            {
                throw cursor.Error($"the sizes of the tensor '{name}' overflow");
            }

            shape[i] = (long)size;
        }

        var type = (GgufType)cursor.Number<uint>();
        if (!Enum.IsDefined(type))
        {
            throw cursor.Error($"the tensor '{name}' has the element type {(uint)type}; only {string.Join(", ", Enum.GetNames<GgufType>())} are read");
        }

        if (count > 0 && (shape.Length == 0 ? 1 : shape[^1]) % type.BlockElements() != 0)
        {
            throw cursor.Error($"the rows of the tensor '{name}' are no whole blocks of {type}");
        }

        var offset = cursor.Number<ulong>();
        return offset <= long.MaxValue ? (name, type, shape, (long)offset, type.Bytes((long)count)) : throw cursor.Error($"the offset of the tensor '{name}' overflows");
    }

    private static Dictionary<string, GgufEntry> Place(GgufCursor cursor, List<(string Name, GgufType Type, long[] Shape, long Offset, long Bytes)> claims, int alignment)
    {
        var begin = (cursor.Position + alignment - 1) / alignment * alignment;
        var entries = new Dictionary<string, GgufEntry>(StringComparer.Ordinal);
        var end = 0L;
        foreach (var (name, type, shape, offset, bytes) in claims.OrderBy(claim => claim.Offset))
        {
            if (offset % alignment != 0 || offset < end)
            {
                throw cursor.Error($"the tensor '{name}' begins at {offset}, which is unaligned or inside another");
            }

            if (offset > cursor.Length - begin || bytes > cursor.Length - begin - offset)
            {
                throw cursor.Error($"the tensor '{name}' ends beyond the end of the file");
            }

            end = offset + bytes;
            if (!entries.TryAdd(name, new(type, shape, begin + offset, bytes)))
            {
                throw cursor.Error($"the tensor '{name}' is there twice");
            }
        }

        return entries;
    }

    private static int Alignment(GgufCursor cursor, Dictionary<string, object> metadata) => metadata.GetValueOrDefault(AlignmentKey) switch
    {
        null => GgufWriter.Alignment,
        uint value and <= LargestAlignment when BitOperations.IsPow2(value) => (int)value,
        var value => throw cursor.Error($"{AlignmentKey} is {value}, which is no power of two up to {LargestAlignment}"),
    };

}
