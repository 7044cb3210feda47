using System.Text.Json;

namespace Plinth.Core.Checkpoints;

/// <summary>The table of a sharded checkpoint: which file of the folder holds which weight.</summary>
internal static class ShardIndex
{
    private const long LongestIndex = 100_000_000;

    /// <summary>Reads an index; file names that lead out of the folder are refused.</summary>
    /// <exception cref="CheckpointException">The index is missing, malformed or hostile.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        try
        {
            var bytes = new FileInfo(path).Length is var length && length <= LongestIndex
                ? File.ReadAllBytes(path)
                : throw WeightFileError.Of(path, $"an index of {length} bytes is not plausible");
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            {
                throw WeightFileError.Of(path, "it has no table 'weight_map'");
            }

            return map.EnumerateObject().ToDictionary(pair => pair.Name, pair => FileName(path, pair));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw WeightFileError.Of(path, $"it is malformed JSON: {error.Message}", error);
        }
        catch (Exception error) when (WeightFileError.IsFileTrouble(error))
        {
            throw WeightFileError.Of(path, error.Message, error);
        }
    }

    private static string FileName(string path, JsonProperty pair)
    {
        var name = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString()! : "";
        return name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\\', ':') || name.Any(char.IsControl)
            ? throw WeightFileError.Of(path, pair.Name, $"must name a file of the same folder, not {WeightFileError.Quote(name)}", null)
            : name;
    }
}
