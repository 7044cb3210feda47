using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Reads one JSON object a line and takes its text from one field.</summary>
public static class JsonLines
{
    /// <summary>Streams the documents below a path; blank lines are passed over.</summary>
    /// <param name="path">File or folder; in folders and archives <c>.jsonl</c> and <c>.ndjson</c> are read.</param>
    /// <param name="options">How to read; <see cref="CorpusOptions.TextField"/> names the field.</param>
    /// <exception cref="BadInputException">A line is not a JSON object or lacks the field; the message names file and line.</exception>
    public static IEnumerable<Document> Read(string path, CorpusOptions? options = null)
    {
        options ??= new();
        var single = File.Exists(path) && !path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);
        return CorpusFiles.Read(path, options, e => single || IsJsonLines(e), ".jsonl .ndjson", f => Read(f, options));
    }

    internal static bool IsJsonLines(string extension) => extension is ".jsonl" or ".ndjson";

    internal static IEnumerable<Document> Read(CorpusFile file, CorpusOptions options)
    {
        foreach (var line in Utf8Lines.Read(file, options))
        {
            if (string.IsNullOrWhiteSpace(line.Text))
            {
                continue;
            }

            var place = $"{file.Name}:{line.Number}";
            var text = Text(line.Text, place, options.TextField);
            if (!string.IsNullOrWhiteSpace(text))
            {
                yield return new(text, place);
            }
        }
    }

    private static string Text(string line, string place, string field)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new BadInputException($"{place}: a JSON object is expected, found {root.ValueKind.ToString().ToLowerInvariant()}.");
            }

            if (!root.TryGetProperty(field, out var value))
            {
                var known = string.Join(", ", root.EnumerateObject().Take(12).Select(p => $"'{p.Name}'"));
                throw new BadInputException($"{place}: there is no field '{field}'. Fields here: {(known.Length == 0 ? "none" : known)}.");
            }

            return value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : throw new BadInputException($"{place}: field '{field}' is {value.ValueKind.ToString().ToLowerInvariant()}, not a string.");
        }
        catch (JsonException e)
        {
            throw new BadInputException($"{place}: not valid JSON at byte {e.BytePositionInLine} of the line: {Short(e.Message)}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException($"{place}: field '{field}' holds half of a surrogate pair, which is no text.", e);
        }
    }

    private static string Short(string message) => message.Split(" LineNumber:")[0];
}
