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

    public ParquetRows(string path, CorpusOptions options)
    {
        (this.path, this.options) = (path, options);
        stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
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

            columns = [.. schema.Fields.Select(field => ParquetColumn.Of(field, path))];
        }
        catch
        {
            Dispose(true);
            throw;
        }
    }

    public override double Progress => total <= 0 ? 0 : Math.Min(1, (double)given / total);

    public override IReadOnlyList<DataColumn> Columns => [.. columns.Select(column => new DataColumn(column.Name, column.Kind))];

    public override IEnumerable<DataRow> Rows()
    {
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            foreach (var row in Group(group))
            {
                given++;
                yield return new(row, $"{path}: row {given}");
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
    }

    private JsonObject[] Group(int number) => Guarded(() =>
    {
        using var group = reader.OpenRowGroupReader(number);
        if (group.RowCount < 0 || group.RowCount * Math.Max(1L, columns.Count) > options.MaxRowGroupBytes)
        {
            throw guard.Damaged($"row group {number} claims {group.RowCount:N0} rows");
        }

        foreach (var field in schema.GetDataFields())
        {
            var chunk = group.GetMetadata(field)?.MetaData ?? throw guard.Damaged($"row group {number} lacks the column '{field.Path}'");
            guard.CheckPages(chunk, group.RowCount, field.MaxRepetitionLevel, field.Path.ToString());
        }

        JsonObject[] rows = [.. Enumerable.Range(0, (int)group.RowCount).Select(_ => new JsonObject())];
        foreach (var column in columns)
        {
            var values = column.Read(group);
            for (var i = 0; i < rows.Length; i++)
            {
                rows[i][column.Name] = values[i];
            }
        }

        return rows;
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
