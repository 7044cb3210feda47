using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Data.Formats;

/// <summary>Rows in files: JSON lines (<c>.jsonl</c>, <c>.ndjson</c>), tables (<c>.csv</c>, <c>.tsv</c>), each also as <c>.gz</c> or <c>.zst</c>, and <c>.parquet</c>.</summary>
public static class RowFiles
{
    internal const string Parquet = ".parquet";

    private const string Known = ".jsonl, .ndjson, .csv or .tsv, each also as .gz or .zst, or .parquet";

    /// <summary>Opens a file to be read row by row, in memory that does not grow with it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits, and what becomes of malformed rows.</param>
    /// <exception cref="BadInputException">The file is missing, of another form or malformed.</exception>
    public static RowSource Open(string path, CorpusOptions? options = null) => Open(path, options, null);

    /// <summary>Whether files of this extension hold rows.</summary>
    internal static bool Holds(string extension) => JsonLines.IsJsonLines(extension) || Csv.IsTable(extension) || extension.Equals(Parquet, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a name is that of a file of rows.</summary>
    public static bool IsRows(string path) => Holds(CorpusWalk.ExtensionOf(path, out _));

    /// <summary>Opens a file as one of another extension, or of its own.</summary>
    internal static RowSource Open(string path, CorpusOptions? options, string? extension)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new();
        CheckExists(path);
        extension ??= CorpusWalk.Expand(path, options).Extension;
        return JsonLines.IsJsonLines(extension) || Csv.IsTable(extension) ? new TextRows(path, options, extension)
            : Path.GetExtension(path).Equals(Parquet, StringComparison.OrdinalIgnoreCase) ? new ParquetRows(path, options)
            : throw new BadInputException($"Rows are read from {Known}; '{path}' has the extension '{extension}'.");
    }

    /// <summary>Refuses a file that is not there.</summary>
    /// <exception cref="BadInputException">There is none of that name.</exception>
    public static void CheckExists(string path)
    {
        if (!File.Exists(path))
        {
            throw new BadInputException($"There is no file '{path}' (looked at {Path.GetFullPath(path)}).");
        }
    }

    /// <summary>Refuses a name that <see cref="Create"/> could not write, before any work is done for it.</summary>
    /// <exception cref="BadInputException">Its extension is of no known form.</exception>
    public static void CheckName(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var extension = CorpusWalk.ExtensionOf(path, out var packing);
        if (!(JsonLines.IsJsonLines(extension) || Csv.IsTable(extension) || (extension == Parquet && packing is null)))
        {
            throw new BadInputException($"Rows are written to {Known}; '{path}' has the extension '{Path.GetExtension(path)}'.");
        }
    }

    /// <summary>Begins a file of rows.</summary>
    /// <param name="path">Its name, which says its form.</param>
    /// <param name="stream">Where it goes; Parquet needs one that can seek. It stays open.</param>
    /// <param name="columns">Its columns. JSON lines may hold others too.</param>
    /// <exception cref="BadInputException">The extension is of no known form, or two columns have one name.</exception>
    public static RowSink Create(string path, Stream stream, IReadOnlyList<DataColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(columns);
        CheckName(path);
        if (columns.GroupBy(column => column.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new BadInputException($"{path} would have two columns called '{twice.Key}'. Rename the one of the input.");
        }

        var extension = CorpusWalk.ExtensionOf(path, out var packing);
        if (extension == Parquet)
        {
            return new ParquetSink(stream, columns);
        }

        var (target, isPacked) = packing is null ? (stream, false) : (packing.Pack(stream), true);
        return JsonLines.IsJsonLines(extension) ? new JsonLinesSink(target, isPacked) : new TableSink(target, isPacked, extension == ".tsv" ? '\t' : ',', columns);
    }
}
