using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Formats;

namespace Plinth.Data.Text;

/// <summary>Takes the parts of a sample out of a row.</summary>
internal sealed class SampleRow(DataRow row)
{
    /// <summary>File and line, for messages.</summary>
    public string Place => row.Place;

    /// <summary>A field that holds text; never blank.</summary>
    public string Text(string column) => Scalar(column, Field(column)) is var text && !string.IsNullOrWhiteSpace(text) ? text : throw Bad(column, "is empty");

    /// <summary>A field that holds a name or a number.</summary>
    public string Word(string column) => Text(column).Trim();

    /// <summary>A field that holds several texts: an array, in a table one text with separators.</summary>
    public IReadOnlyList<string> List(string column, char separator) => Field(column) switch
    {
        JsonArray array => Strings(column, array),
        JsonValue when row.IsText => Scalar(column, Field(column)).Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        _ => throw Bad(column, "is not an array"),
    };

    /// <summary>A field that holds answers and their places in a context. SQuAD counts Unicode characters; the places here count UTF-16 code units.</summary>
    public IReadOnlyList<TextSpan> Spans(string column, string context)
    {
        if (row.IsText)
        {
            throw Bad(column, "holds answers with places, which are read from JSON lines and Parquet only");
        }

        return Field(column) is JsonObject answers && answers["text"] is JsonArray texts && answers["answer_start"] is JsonArray starts && texts.Count == starts.Count
            ? Strings(column, texts).Zip(starts, (text, start) => Span(column, text, start, context)).ToArray()
            : throw Bad(column, """is not of the form {"text": [...], "answer_start": [...]} with as many texts as places""");
    }

    private TextSpan Span(string column, string text, JsonNode? start, string context) =>
        (start is JsonValue value && value.TryGetValue<long>(out var characters) ? SquadPlaces.Span(text, characters, context) : null)
        ?? throw Bad(column, $"says that '{text[..Math.Min(60, text.Length)]}' stands at {start?.ToJsonString() ?? "null"} of the context, but it does not");

    private JsonNode? Field(string column)
    {
        if (row.Fields.TryGetPropertyValue(column, out var value))
        {
            return value;
        }

        var known = string.Join(", ", row.Fields.Take(40).Select(field => $"'{field.Key}'"));
        throw new BadInputException($"{Place}: there is no field '{column}'. Fields here: {(known.Length == 0 ? "none" : known)}.");
    }

    private string[] Strings(string column, JsonArray array) => [.. array.Select(item => Scalar(column, item))];

    private string Scalar(string column, JsonNode? value)
    {
        try
        {
            return value?.GetValueKind() switch
            {
                JsonValueKind.String => value.GetValue<string>(),
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.ToJsonString(),
                var kind => throw Bad(column, $"holds {(kind ?? JsonValueKind.Null).ToString().ToLowerInvariant()} where a text is expected"),
            };
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException($"{Place}: field '{column}' holds half of a surrogate pair, which is no text.", e);
        }
    }

    private BadInputException Bad(string column, string what) => new($"{Place}: '{column}' {what}.");
}
