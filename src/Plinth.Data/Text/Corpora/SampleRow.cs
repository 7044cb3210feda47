using System.Text.Json;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>One record of a sample file, whatever its form.</summary>
internal abstract class SampleRow(string place)
{
    /// <summary>File and line, for messages.</summary>
    public string Place { get; } = place;

    /// <summary>A field that holds text; never blank.</summary>
    public string Text(string column) => Value(column) is var text && !string.IsNullOrWhiteSpace(text) ? text : throw Bad(column, "is empty");

    /// <summary>A field that holds a name or a number.</summary>
    public string Word(string column) => Text(column).Trim();

    /// <summary>A field that holds several texts.</summary>
    public abstract IReadOnlyList<string> List(string column, char separator);

    /// <summary>A field that holds answers and their places in a context.</summary>
    public virtual IReadOnlyList<TextSpan> Spans(string column, string context) => throw Bad(column, "holds answers with places, which are read from JSON lines only");

    protected abstract string Value(string column);

    protected BadInputException Bad(string column, string what) => new($"{Place}: '{column}' {what}.");
}

/// <summary>A record of a table.</summary>
internal sealed class TableSampleRow(CsvRow row, string place) : SampleRow(place)
{
    public override IReadOnlyList<string> List(string column, char separator) =>
        Value(column).Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    protected override string Value(string column)
    {
        try
        {
            return row[column];
        }
        catch (BadInputException e)
        {
            throw new BadInputException($"{Place}: {e.Message}", e);
        }
    }
}

/// <summary>A JSON object.</summary>
internal sealed class JsonSampleRow(JsonElement root, string place) : SampleRow(place)
{
    public override IReadOnlyList<string> List(string column, char separator) => Field(column) is { ValueKind: JsonValueKind.Array } array
        ? Strings(column, array)
        : throw Bad(column, "is not an array");

    /// <summary>SQuAD counts Unicode characters; the places here count UTF-16 code units.</summary>
    public override IReadOnlyList<TextSpan> Spans(string column, string context)
    {
        if (Field(column) is not { ValueKind: JsonValueKind.Object } answers
            || !answers.TryGetProperty("text", out var texts) || texts.ValueKind != JsonValueKind.Array
            || !answers.TryGetProperty("answer_start", out var starts) || starts.ValueKind != JsonValueKind.Array
            || texts.GetArrayLength() != starts.GetArrayLength())
        {
            throw Bad(column, """is not of the form {"text": [...], "answer_start": [...]} with as many texts as places""");
        }

        return Strings(column, texts).Zip(starts.EnumerateArray(), (text, start) => Span(column, text, start, context)).ToArray();
    }

    /// <summary>A field that must be a string, which may be blank.</summary>
    public string Plain(string column) => Field(column) is { ValueKind: JsonValueKind.String } text
        ? Scalar(column, text)
        : throw Bad(column, $"is {Field(column).ValueKind.ToString().ToLowerInvariant()}, not a string");

    protected override string Value(string column) => Scalar(column, Field(column));

    private TextSpan Span(string column, string text, JsonElement start, string context) => SquadPlaces.Span(text, start, context)
        ?? throw Bad(column, $"says that '{text[..Math.Min(60, text.Length)]}' stands at {start} of the context, but it does not");

    private JsonElement Field(string column)
    {
        if (root.TryGetProperty(column, out var value))
        {
            return value;
        }

        var known = string.Join(", ", root.EnumerateObject().Take(12).Select(p => $"'{p.Name}'"));
        throw new BadInputException($"{Place}: there is no field '{column}'. Fields here: {(known.Length == 0 ? "none" : known)}.");
    }

    private string[] Strings(string column, JsonElement array) => array.EnumerateArray().Select(e => Scalar(column, e)).ToArray();

    private string Scalar(string column, JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString()!,
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
                _ => throw Bad(column, $"holds {value.ValueKind.ToString().ToLowerInvariant()} where a text is expected"),
            };
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException($"{Place}: field '{column}' holds half of a surrogate pair, which is no text.", e);
        }
    }
}
