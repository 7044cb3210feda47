using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;
using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Data.Formats;

/// <summary>Rows of a Parquet file, one row group in memory at a time.</summary>
internal sealed class ParquetRows : RowSource
{
    private readonly string path;
    private readonly CorpusOptions options;
    private readonly FileStream stream;
    private readonly ParquetGuard guard;
    private readonly ParquetReader reader;
    private readonly ParquetSchema schema;
    private readonly IReadOnlyList<ParquetColumn> columns;
    private readonly long total;
    private long given;

    /// <param name="path">The file.</param>
    /// <param name="options">Limits.</param>
    /// <param name="wanted">Names of the columns that are read; null reads all.</param>
    public ParquetRows(string path, CorpusOptions options, IReadOnlyCollection<string>? wanted = null)
    {
        (this.path, this.options) = (path, options);
        try
        {
            stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path} cannot be read: {error.Message}", error);
        }

        guard = new(path, stream, options);
        ParquetReader? opened = null;
        try
        {
            guard.CheckFooter();
            opened = Guarded(() => ParquetReader.CreateAsync(stream, leaveStreamOpen: true).GetAwaiter().GetResult());
            reader = opened;
            schema = Guarded(() => opened.Schema);
            total = Guarded(() => opened.Metadata!.NumRows);
            if (schema.Fields.Count > options.MaxColumns)
            {
                throw new BadInputException($"{path} has {schema.Fields.Count:N0} columns; at most {options.MaxColumns:N0} are read.");
            }

            if (schema.Fields.GroupBy(field => field.Name).Any(same => same.Count() > 1))
            {
                throw new BadInputException($"{path} has two columns of one name.");
            }

            columns = [.. schema.Fields.Where(field => wanted?.Contains(field.Name) != false).Select(field => ParquetColumn.Of(field, path))];
        }
        catch
        {
            Dispose(true);
            throw;
        }
    }

    public override double Progress => total <= 0 ? 0 : Math.Min(1, (double)given / total);

    /// <summary>Names of all columns, those too that are not read.</summary>
    public IEnumerable<string> Names => schema.Fields.Select(one => one.Name);

    public override IReadOnlyList<DataColumn> Columns => [.. columns.Select(column => new DataColumn(column.Name, column.Kind))];

    public override IEnumerable<DataRow> Rows()
    {
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            var (values, count) = Group(group);
            for (var i = 0; i < count; i++)
            {
                given++;
                yield return new(new(columns.Select((column, c) => KeyValuePair.Create(column.Name, values[c][i]))), $"{path}: row {given}");
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            reader?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            stream.Dispose();
        }

        base.Dispose(disposing);
    }

    private (IReadOnlyList<JsonNode?>[] Values, int Count) Group(int number) => Guarded(() =>
    {
        using var group = reader.OpenRowGroupReader(number);
        guard.CheckRows(group.RowCount);
        foreach (var field in schema.GetDataFields().Where(field => columns.Any(column => column.Name == field.Path.FirstPart)))
        {
            var chunk = group.GetMetadata(field)?.MetaData ?? throw guard.Damaged($"row group {number} lacks the column '{field.Path}'");
            guard.CheckPages(chunk, group.RowCount, field.MaxRepetitionLevel > 0, field.Path.ToString());
        }

        return (columns.Select(column => column.Read(group)).ToArray(), (int)group.RowCount);
    });

    // The library answers damage with whatever its code runs into.
    private T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is not (PlinthException or OutOfMemoryException or OperationCanceledException))
        {
            throw guard.Damaged(error.Message.TrimEnd('.'), error);
        }
    }
}
