using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Formats;

namespace Plinth.Data.Text.Preparation;

/// <summary>All texts of an evaluation set, whatever its fields are called.</summary>
internal static class EvaluationTexts
{
    private const long MostJsonBytes = 256 << 20;

    /// <exception cref="BadInputException">The file is missing or malformed.</exception>
    public static IEnumerable<string> Read(string path)
    {
        RowFiles.CheckExists(path);
        return RowFiles.IsRows(path) ? Rows(path)
            : Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase) ? Texts(Json(path), path)
            : CorpusFiles.Open(path, new() { Unit = TextUnit.Line }).Select(document => document.Text);
    }

    private static IEnumerable<string> Rows(string path)
    {
        using var source = RowFiles.Open(path);
        foreach (var row in source.Rows())
        {
            foreach (var text in Texts(row.Fields, row.Place))
            {
                yield return text;
            }
        }
    }

    private static JsonNode? Json(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return stream.Length <= MostJsonBytes ? JsonNode.Parse(stream) : throw new BadInputException($"{path} has {stream.Length:N0} bytes; at most {MostJsonBytes:N0} are read at once. JSON lines have no such limit.");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} cannot be read as JSON: {error.Message}", error);
        }
    }

    private static List<string> Texts(JsonNode? node, string place)
    {
        try
        {
            return [.. Texts(node)];
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            throw new BadInputException($"{place}: a text holds half of a surrogate pair, or a field stands twice: {error.Message}", error);
        }
    }

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject fields => fields.SelectMany(field => Texts(field.Value)),
        JsonArray items => items.SelectMany(Texts),
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };
}
