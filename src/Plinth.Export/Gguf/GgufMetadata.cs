using System.Collections;
using System.Text;

namespace Plinth.Export.Gguf;

/// <summary>The key/value part of a GGUF file in the order in which it is written.</summary>
public sealed class GgufMetadata : IEnumerable<KeyValuePair<string, object>>
{
    private readonly List<KeyValuePair<string, object>> entries = [];
    private readonly HashSet<string> keys = new(StringComparer.Ordinal);

    /// <summary>How many entries there are.</summary>
    public int Count => entries.Count;

    /// <summary>Adds an entry.</summary>
    /// <param name="key">Its key, such as <c>llama.block_count</c>.</param>
    /// <param name="value">A .NET number, bool or string, or an array of one of those.</param>
    /// <exception cref="ArgumentException">The key is there already, or the format has no such type.</exception>
    public void Add(string key, object value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(value);
        if (GgufValueType.Of(value is Array ? value.GetType().GetElementType()! : value.GetType()) is null)
        {
            throw new ArgumentException($"GGUF has no type for {value.GetType()}, the value of '{key}'.", nameof(value));
        }

        if (!keys.Add(key))
        {
            throw new ArgumentException($"The key '{key}' is there already.", nameof(key));
        }

        entries.Add(new(key, value));
    }

    /// <inheritdoc />
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => entries.GetEnumerator();

    /// <inheritdoc />
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Writes all entries as the format lays them out.</summary>
    internal void WriteTo(BinaryWriter writer)
    {
        foreach (var (key, value) in entries)
        {
            WriteText(writer, key);
            if (value is Array array)
            {
                var type = GgufValueType.Of(value.GetType().GetElementType()!)!.Value;
                writer.Write(GgufValueType.Array);
                writer.Write(type);
                writer.Write((ulong)array.Length);
                foreach (var item in array)
                {
                    WriteValue(writer, item);
                }
            }
            else
            {
                writer.Write(GgufValueType.Of(value.GetType())!.Value);
                WriteValue(writer, value);
            }
        }
    }

    /// <summary>Writes a text: its length in bytes, then UTF-8.</summary>
    internal static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case byte number: writer.Write(number); break;
            case sbyte number: writer.Write(number); break;
            case ushort number: writer.Write(number); break;
            case short number: writer.Write(number); break;
            case uint number: writer.Write(number); break;
            case int number: writer.Write(number); break;
            case float number: writer.Write(number); break;
            case bool flag: writer.Write((byte)(flag ? 1 : 0)); break;
            case string text: WriteText(writer, text); break;
            case ulong number: writer.Write(number); break;
            case long number: writer.Write(number); break;
            case double number: writer.Write(number); break;
            default: throw new ArgumentException($"GGUF has no type for {value.GetType()}.", nameof(value));
        }
    }
}

/// <summary>The numbers that the format gives to types of metadata.</summary>
internal static class GgufValueType
{
    public const uint Array = 9;

    private static readonly Dictionary<Type, uint> numbers = new()
    {
        [typeof(byte)] = 0, [typeof(sbyte)] = 1, [typeof(ushort)] = 2, [typeof(short)] = 3, [typeof(uint)] = 4, [typeof(int)] = 5,
        [typeof(float)] = 6, [typeof(bool)] = 7, [typeof(string)] = 8, [typeof(ulong)] = 10, [typeof(long)] = 11, [typeof(double)] = 12,
    };

    private static readonly Dictionary<uint, Type> types = numbers.ToDictionary(pair => pair.Value, pair => pair.Key);

    public static uint? Of(Type type) => numbers.TryGetValue(type, out var number) ? number : null;

    public static Type? Of(uint number) => types.GetValueOrDefault(number);
}
