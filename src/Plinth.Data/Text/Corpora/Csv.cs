using System.Text;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>One record of a table.</summary>
/// <param name="Columns">Names from the header, in order.</param>
/// <param name="Fields">Values, as many as columns.</param>
/// <param name="Line">Line of the file on which the record begins, from 1.</param>
public sealed record CsvRow(IReadOnlyList<string> Columns, IReadOnlyList<string> Fields, long Line)
{
    /// <summary>The value of a column.</summary>
    /// <exception cref="BadInputException">There is no such column; the message lists those that exist.</exception>
    public string this[string column] => Find(column)
        ?? throw new BadInputException($"There is no column '{column}'. Columns: {string.Join(", ", Columns.Take(40).Select(c => $"'{c}'"))}.");

    /// <summary>The value of a column, or null when there is no such column.</summary>
    internal string? Find(string column)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i] == column)
            {
                return Fields[i];
            }
        }

        return null;
    }
}

/// <summary>Reads tables with a header line as RFC 4180 describes them: commas (<c>.csv</c>) or tabs (<c>.tsv</c>), quotes, line ends inside quotes.</summary>
public static class Csv
{
    /// <summary>Streams the text column of the tables below a path as documents.</summary>
    /// <param name="path">File or folder; in folders <c>.csv</c> and <c>.tsv</c> are read.</param>
    /// <param name="options">How to read; <see cref="CorpusOptions.TextField"/> names the column.</param>
    /// <exception cref="BadInputException">A table is malformed or lacks the column; the message names file and line.</exception>
    public static IEnumerable<Document> Read(string path, CorpusOptions? options = null)
    {
        options ??= new();
        var single = File.Exists(path);
        return CorpusWalk.Read(path, options, e => single || IsTable(e), string.Join(' ', Extensions), f => Read(f, options));
    }

    /// <summary>Streams the records of one table (<c>.csv</c>, <c>.tsv</c>, each also as <c>.gz</c> or <c>.zst</c>).</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How to read.</param>
    /// <exception cref="BadInputException">The table is malformed; the message names file and line.</exception>
    public static IEnumerable<CsvRow> Rows(string path, CorpusOptions? options = null)
    {
        options ??= new();
        return File.Exists(path)
            ? Rows(CorpusWalk.Expand(path, options), options)
            : throw new BadInputException($"There is no file '{path}'.");
    }

    internal static IReadOnlyList<string> Extensions { get; } = [".csv", ".tsv"];

    internal static bool IsTable(string extension) => Extensions.Contains(extension);

    internal static IEnumerable<Document> Read(CorpusFile file, CorpusOptions options)
    {
        foreach (var row in Rows(file, options))
        {
            if (!row.Columns.Contains(options.TextField))
            {
                throw new BadInputException($"{file.Name}: there is no column '{options.TextField}'. Columns: {string.Join(", ", row.Columns.Take(40).Select(c => $"'{c}'"))}.");
            }

            if (RowDocument.Of(row[options.TextField], $"{file.Name}:{row.Line}", row.Find, options) is { } document)
            {
                yield return document;
            }
        }
    }

    internal static IEnumerable<CsvRow> Rows(CorpusFile file, CorpusOptions options)
    {
        string[]? columns = options.Header is { } given ? Unique([.. given], $"{file.Name}: the given header") : null;
        foreach (var (fields, line) in Records(file, options))
        {
            if (columns is null)
            {
                columns = fields.Length <= options.MaxColumns
                    ? Unique(fields, $"{file.Name}:{line}: the header")
                    : throw new BadInputException($"{file.Name}:{line}: {fields.Length:N0} columns; at most {options.MaxColumns:N0} are read.");
            }
            else if (fields.Length != columns.Length)
            {
                Refuse(options, $"{file.Name}:{line}: {fields.Length} fields, but the header has {columns.Length}. A field that holds the separator, a quote or a line end must be quoted.");
            }
            else
            {
                yield return new(columns, fields, line);
            }
        }
    }

    private static string[] Unique(string[] columns, string which) =>
        columns.GroupBy(c => c).FirstOrDefault(g => g.Count() > 1) is { } twice
            ? throw new BadInputException($"{which} names the column '{twice.Key}' twice.")
            : columns;

    private static void Refuse(CorpusOptions options, string message)
    {
        var error = new BadInputException(message);
        (options.BadRow ?? throw error)(error);
    }

    /// <summary>A record goes on over line ends as long as a quote is open.</summary>
    private static IEnumerable<(string[] Fields, long Line)> Records(CorpusFile file, CorpusOptions options)
    {
        var separator = file.Extension == ".tsv" ? '\t' : ',';
        var record = new CsvRecord(separator, options.HasQuotes);
        var first = 0L;
        foreach (var line in Utf8Lines.Read(file, options))
        {
            if (!record.IsOpen)
            {
                if (line.Text.Length == 0)
                {
                    continue;
                }

                first = line.Number;
            }

            if (!record.Add(line.Text))
            {
                Refuse(options, $"{file.Name}:{line.Number}: text follows a closing quote. Inside a quoted field a quote is written twice.");
                record = new(separator, options.HasQuotes);
                continue;
            }

            if (record.Length > options.MaxLineBytes)
            {
                throw new BadInputException($"{file.Name}:{first}: the record is longer than {options.MaxLineBytes:N0} characters. Is a quote left open?");
            }

            if (!record.IsOpen)
            {
                yield return (record.Take(), first);
            }
        }

        if (record.IsOpen)
        {
            throw new BadInputException($"{file.Name}:{first}: a quote is opened here and never closed.");
        }
    }
}

/// <summary>A record under construction.</summary>
internal sealed class CsvRecord(char separator, bool hasQuotes)
{
    private readonly List<string> fields = [];
    private readonly StringBuilder field = new();

    public bool IsOpen { get; private set; }

    public long Length { get; private set; }

    /// <summary>Adds a line.</summary>
    /// <returns>False when text follows a closing quote.</returns>
    public bool Add(string line)
    {
        Length += line.Length + 1;
        var i = 0;
        if (!IsOpen)
        {
            IsOpen = Opens(line, ref i);
        }
        else
        {
            field.Append('\n');
        }

        while (true)
        {
            if (IsOpen)
            {
                var quote = line.IndexOf('"', i);
                field.Append(line, i, (quote < 0 ? line.Length : quote) - i);
                if (quote < 0)
                {
                    return true;
                }

                i = quote + 1;
                if (i < line.Length && line[i] == '"')
                {
                    field.Append('"');
                    i++;
                    continue;
                }

                IsOpen = false;
                if (i < line.Length && line[i] != separator)
                {
                    return false;
                }
            }
            else
            {
                var end = line.IndexOf(separator, i);
                field.Append(line, i, (end < 0 ? line.Length : end) - i);
                i = end < 0 ? line.Length : end;
            }

            fields.Add(field.ToString());
            field.Clear();
            if (i >= line.Length)
            {
                return true;
            }

            i++;
            IsOpen = Opens(line, ref i);
        }
    }

    public string[] Take()
    {
        var taken = fields.ToArray();
        fields.Clear();
        Length = 0;
        return taken;
    }

    private bool Opens(string line, ref int i)
    {
        var opens = hasQuotes && i < line.Length && line[i] == '"';
        i += opens ? 1 : 0;
        return opens;
    }
}
