using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;

namespace Plinth.Data.Formats;

/// <summary>Writes a table with a header line as RFC 4180 describes it.</summary>
internal sealed class TableSink : RowSink
{
    private readonly StreamWriter writer;
    private readonly char separator;
    private readonly IReadOnlyList<DataColumn> columns;
    private readonly HashSet<string> names;

    public TableSink(Stream stream, bool ownsStream, char separator, IReadOnlyList<DataColumn> columns)
    {
        writer = new(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: !ownsStream) { NewLine = "\n" };
        (this.separator, this.columns) = (separator, columns);
        names = [.. columns.Select(column => column.Name)];
        Line(columns.Select(column => column.Name));
    }

    public override void Write(JsonObject fields, string place)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.FirstOrDefault(field => !names.Contains(field.Key)).Key is { } unknown)
        {
            throw new BadInputException($"{place}: the field '{unknown}' has no column in the table that is written, for no earlier row has it. Write JSON lines (.jsonl) instead.");
        }

        Line(columns.Select(column => Text(fields[column.Name], place)));
    }

    public override void Complete() => writer.Flush();

    /// <summary>A field as text: texts as they are, all else as JSON.</summary>
    public static string Text(JsonNode? value, string place)
    {
        try
        {
            return value switch
            {
                null => "",
                JsonValue text when text.GetValueKind() == JsonValueKind.String => text.GetValue<string>(),
                _ => value.ToJsonString(PlainJson.Options),
            };
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            throw new BadInputException($"{place}: a field cannot be written again: {error.Message}", error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            writer.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Line(IEnumerable<string> fields)
    {
        var isFirst = true;
        foreach (var field in fields)
        {
            if (!isFirst)
            {
                writer.Write(separator);
            }

            isFirst = false;
            // A line with nothing on it would be no row.
            if (field.AsSpan().ContainsAny(separator, '"', '\n') || field.Contains('\r', StringComparison.Ordinal) || (field.Length == 0 && columns.Count == 1))
            {
                writer.Write('"');
                writer.Write(field.Replace("\"", "\"\"", StringComparison.Ordinal));
                writer.Write('"');
            }
            else
            {
                writer.Write(field);
            }
        }

        writer.WriteLine();
    }
}
