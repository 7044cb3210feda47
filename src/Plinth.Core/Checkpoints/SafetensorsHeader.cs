using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Win32.SafeHandles;

namespace Plinth.Core.Checkpoints;

/// <summary>One tensor's place in a safetensors file: bytes from the beginning of the file.</summary>
internal sealed record SafetensorsEntry(string Name, WeightType Type, IReadOnlyList<long> Shape, long Begin, long End);

/// <summary>The header of a safetensors file, believed only after every claim in it has been checked against the file.</summary>
internal sealed class SafetensorsHeader
{
    private const long LongestHeader = 100_000_000;
    private const int MostDimensions = 64; // as many as torch can iterate over

    private readonly string path;
    private readonly List<SafetensorsEntry> entries = [];
    private readonly Dictionary<string, string> metadata = [];

    private SafetensorsHeader(string path) => this.path = path;

    public IReadOnlyList<SafetensorsEntry> Entries => entries;

    public IReadOnlyDictionary<string, string> Metadata => metadata;

    /// <exception cref="CheckpointException">The header lies or is malformed.</exception>
    public static SafetensorsHeader Read(string path, SafeFileHandle file)
    {
        var header = new SafetensorsHeader(path);
        var length = RandomAccess.GetLength(file);
        Span<byte> prefix = stackalloc byte[8];
        if (length < 8 || RandomAccess.Read(file, prefix, 0) != 8)
        {
            throw WeightFileError.Of(path, $"it has only {length} bytes, too few for a safetensors header");
        }

        var size = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (size > LongestHeader || (long)size > length - 8)
        {
            throw WeightFileError.Of(path, $"its first bytes announce a header of {size} bytes, but the file has {length} and a header at most {LongestHeader}; it is cut off or no safetensors file");
        }

        var json = new byte[size];
        for (var done = 0; done < json.Length;)
        {
            var read = RandomAccess.Read(file, json.AsSpan(done), 8 + done);
            done += read > 0 ? read : throw WeightFileError.Of(path, "it ended while its header was read");
        }

        header.Parse(json);
        header.CheckPlaces(8 + (long)size, length);
        return header;
    }

    private void Parse(byte[] json)
    {
        if (json.Length == 0 || json[0] != '{' || !Utf8.IsValid(json))
        {
            throw WeightFileError.Of(path, "its header is not a JSON object in UTF-8");
        }

        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            reader.Read();
            var names = new HashSet<string>();
            while (NextName(ref reader) is { } name)
            {
                if (!names.Add(name))
                {
                    throw WeightFileError.Of(path, name, "is there twice", null);
                }

                if (name == "__metadata__")
                {
                    ParseMetadata(ref reader);
                }
                else
                {
                    entries.Add(ParseEntry(ref reader, name));
                }
            }

            if (reader.Read())
            {
                throw WeightFileError.Of(path, "its header goes on after the JSON object");
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw WeightFileError.Of(path, $"its header is malformed JSON: {error.Message}", error);
        }
    }

    private void ParseMetadata(ref Utf8JsonReader reader)
    {
        BeginObject(ref reader, "__metadata__");
        while (NextName(ref reader) is { } key)
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.String || !metadata.TryAdd(key, reader.GetString()!))
            {
                throw WeightFileError.Of(path, "__metadata__", $"must be a table of texts, which {WeightFileError.Quote(key)} is not, or is twice", null);
            }
        }
    }

    private SafetensorsEntry ParseEntry(ref Utf8JsonReader reader, string name)
    {
        string? typeName = null;
        List<long>? shape = null, offsets = null;
        BeginObject(ref reader, name);
        while (NextName(ref reader) is { } key)
        {
            switch (key)
            {
                case "dtype" when typeName is null && reader.Read() && reader.TokenType == JsonTokenType.String:
                    typeName = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = Numbers(ref reader, name, key, MostDimensions);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = Numbers(ref reader, name, key, 2);
                    break;
                default:
                    throw WeightFileError.Of(path, name, $"has a field {WeightFileError.Quote(key)} that is unknown, of the wrong kind or there twice", null);
            }
        }

        if (typeName is null || shape is null || offsets is not { Count: 2 })
        {
            throw WeightFileError.Of(path, name, "lacks one of dtype, shape and data_offsets (two numbers)", null);
        }

        var type = WeightType.Of(typeName)
            ?? throw WeightFileError.Of(path, name, $"has the unknown dtype {WeightFileError.Quote(typeName)}; known are {WeightType.Known}", null);
        var bytes = type.ByteCount(shape)
            ?? throw WeightFileError.Of(path, name, $"has the impossible shape {WeightFileError.Show(shape)}", null);
        if (offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] - offsets[0] != bytes)
        {
            throw WeightFileError.Of(path, name, $"({typeName} {WeightFileError.Show(shape)}) needs {bytes} bytes, but its data_offsets are {WeightFileError.Show(offsets)}", null);
        }

        return new(name, type, shape, offsets[0], offsets[1]);
    }

    // Every byte of the file belongs to one entry: no gap in which something hides, no overlap, nothing outside.
    private void CheckPlaces(long dataBegin, long length)
    {
        var reached = 0L;
        entries.Sort((left, right) => (left.Begin, left.End).CompareTo((right.Begin, right.End)));
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            if (entry.Begin != reached)
            {
                throw WeightFileError.Of(path, entry.Name, $"begins at {entry.Begin}, but the entries before it end at {reached}: {(entry.Begin < reached ? "overlap" : "gap")}", null);
            }

            reached = entry.End;
            if (reached > length - dataBegin)
            {
                throw WeightFileError.Of(path, entry.Name, $"ends at {reached}, but the file holds only {length - dataBegin} bytes of data; it is cut off", null);
            }

            entries[i] = entry with { Begin = entry.Begin + dataBegin, End = entry.End + dataBegin };
        }

        if (reached != length - dataBegin)
        {
            throw WeightFileError.Of(path, $"its entries end at {reached}, but it holds {length - dataBegin} bytes of data");
        }
    }

    private static string? NextName(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
    }

    private void BeginObject(ref Utf8JsonReader reader, string name)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw WeightFileError.Of(path, name, "is not a JSON object", null);
        }
    }

    private List<long> Numbers(ref Utf8JsonReader reader, string name, string key, int most)
    {
        var numbers = new List<long>();
        var isArray = reader.Read() && reader.TokenType == JsonTokenType.StartArray;
        while (isArray && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || numbers.Count == most)
            {
                isArray = false;
                break;
            }

            numbers.Add(number);
        }

        return isArray ? numbers : throw WeightFileError.Of(path, name, $"has a {key} that is not a list of at most {most} whole numbers", null);
    }
}
