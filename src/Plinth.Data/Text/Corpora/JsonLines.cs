using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Reads one JSON object a line and takes its text from one field.</summary>
public static class JsonLines
{
    /// <summary>Streams the documents below a path; blank lines are passed over.</summary>
    /// <param name="path">File or folder; in folders <c>.jsonl</c> and <c>.ndjson</c> are read.</param>
    /// <param name="options">How to read; <see cref="CorpusOptions.TextField"/> names the field.</param>
    /// <exception cref="BadInputException">A line is not a JSON object or lacks the field; the message names file and line.</exception>
    public static IEnumerable<Document> Read(string path, CorpusOptions? options = null)
    {
        options ??= new();
        var single = File.Exists(path);
        return CorpusWalk.Read(path, options, e => single || IsJsonLines(e), string.Join(' ', Extensions), f => Read(f, options));
    }

    internal static IReadOnlyList<string> Extensions { get; } = [".jsonl", ".ndjson"];

    internal static bool IsJsonLines(string extension) => Extensions.Contains(extension);

    internal static IEnumerable<Document> Read(CorpusFile file, CorpusOptions options)
    {
        foreach (var line in Objects(file, options))
        {
            if (options.Attempt(() => Document(line, options)) is { } document)
            {
                yield return document;
            }
        }
    }

    internal static IEnumerable<JsonLine> Objects(CorpusFile file, CorpusOptions options)
    {
        foreach (var line in Utf8Lines.Read(file, options))
        {
            if (!string.IsNullOrWhiteSpace(line.Text))
            {
                var place = $"{file.Name}:{line.Number}";
                if (options.Attempt(() => Parse(line.Text, place)) is { } parsed)
                {
                    yield return parsed;
                }
            }
        }
    }

    private static Document? Document(JsonLine line, CorpusOptions options)
    {
        try
        {
            return RowDocument.Of(Text(line, options.TextField), line.Place, name => Optional(line, name), options);
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException($"{line.Place}: a field that is read, or the name of one, holds half of a surrogate pair, which is no text.", e);
        }
    }

    private static string Text(JsonLine line, string field)
    {
        if (!line.Root.TryGetProperty(field, out var value))
        {
            var known = string.Join(", ", line.Root.EnumerateObject().Take(12).Select(p => $"'{p.Name}'"));
            throw new BadInputException($"{line.Place}: there is no field '{field}'. Fields here: {(known.Length == 0 ? "none" : known)}.");
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString()!
            : throw new BadInputException($"{line.Place}: '{field}' is {value.ValueKind.ToString().ToLowerInvariant()}, not a string.");
    }

    private static string? Optional(JsonLine line, string field) =>
        line.Root.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonLine Parse(string line, string place)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.ValueKind == JsonValueKind.Object
                ? new(json.RootElement.Clone(), place)
                : throw new BadInputException($"{place}: a JSON object is expected, found {json.RootElement.ValueKind.ToString().ToLowerInvariant()}.");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{place}: not valid JSON at byte {e.BytePositionInLine} of the line: {e.Message.Split(" LineNumber:")[0]}", e);
        }
    }
}

/// <summary>A parsed line.</summary>
/// <param name="Root">An object.</param>
/// <param name="Place">File and line.</param>
internal sealed record JsonLine(JsonElement Root, string Place);
