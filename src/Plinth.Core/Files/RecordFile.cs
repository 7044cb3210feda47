using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plinth.Core.Files;

/// <summary>A kind of JSON file that holds one record of Plinth's own: written whole, and read within bounds or refused by its name.</summary>
/// <param name="kind">What the file is to be, such as <c>record of a run</c>.</param>
/// <param name="mend">A sentence on what to do where a file is none.</param>
public sealed class RecordFile(string kind, string mend)
{
    /// <summary>How records are written unless their kind says otherwise: names in snake_case, and <c>"NaN"</c> or <c>"Infinity"</c> as texts where a number is none.</summary>
    public static JsonSerializerOptions PlainJson { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
        MaxDepth = 8,
        WriteIndented = true,
        // A digest is over what is written, and must be the same on every system.
        NewLine = "\n",
    };

    /// <summary>How the record is written; its depth bounds what is read.</summary>
    public JsonSerializerOptions Json { get; init; } = PlainJson;

    /// <summary>Most bytes that are read; by default 1 MiB.</summary>
    public long LargestFile { get; init; } = 1 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">It is missing, too large or malformed.</exception>
    public T Read<T>(string path) where T : class
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            if (stream.Length > LargestFile)
            {
                throw new JsonException($"It has {stream.Length:N0} bytes, and at most {LargestFile:N0} are read.");
            }

            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            RefuseHoles(bytes);
            return JsonSerializer.Deserialize<T>(bytes, Json)!;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadInputException($"There is no file {path}, which would be the {kind}. {mend}", error);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} is no {kind}: {error.Message} {mend}", error);
        }
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="PlinthException">The folder cannot be written.</exception>
    public void Write<T>(string path, T record) where T : class => AtomicFile.Write(path, stream =>
    {
        JsonSerializer.Serialize(stream, record, Json);
        stream.WriteByte((byte)'\n');
    });

    /// <summary>SHA-256 over a record as it is written, hexadecimal.</summary>
    /// <param name="record">With its own place for the digest empty.</param>
    public string DigestOf<T>(T record) where T : class => Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(record, Json)));

    // Annotations vouch for properties; what stands in a list is not looked at, and would be missed only where it is used.
    private void RefuseHoles(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, new() { MaxDepth = Json.MaxDepth });
        var before = JsonTokenType.None;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Null && before != JsonTokenType.PropertyName)
            {
                throw new JsonException($"There is nothing where an entry must be, at byte {reader.TokenStartIndex:N0}.");
            }

            before = reader.TokenType;
        }
    }
}
