using System.Buffers.Binary;
using Parquet.Meta;
using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Data.Formats;

/// <summary>Looks at what a Parquet file claims of its sizes before anything is allocated for it.</summary>
internal sealed class ParquetGuard(string path, FileStream stream, CorpusOptions options)
{
    private const int TailLength = 8, PageHeaderLimit = 1 << 16, LargestFooter = 256 << 20, MostPages = 1 << 20;

    // Few bytes may stand for many rows, and each takes memory once it is read.
    private const long MostRows = 4 << 20, MostValues = 32 << 20;

    // Fields of PageHeader: https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
    private const int UncompressedSize = 2, CompressedSize = 3;

    /// <summary>Checks the metadata at the end of the file.</summary>
    /// <exception cref="BadInputException">It is not there or contradicts itself.</exception>
    public void CheckFooter()
    {
        Span<byte> tail = stackalloc byte[TailLength];
        var length = RandomAccess.GetLength(stream.SafeFileHandle);
        if (length < 2 * TailLength - 4 || Read(tail, length - TailLength) < TailLength || !tail[4..].SequenceEqual("PAR1"u8))
        {
            throw Damaged("it does not end as a Parquet file does");
        }

        var size = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (size < 1 || size > length - TailLength - 4 || size > LargestFooter)
        {
            throw Damaged($"its metadata claims {size:N0} bytes");
        }

        var footer = new byte[size];
        var walk = new ThriftWalk(footer);
        if (Read(footer, length - TailLength - size) < size || !walk.Record(ParquetShapes.FileMetaData))
        {
            throw Damaged("its metadata claims more than it holds, or something else than it should");
        }
    }

    /// <summary>Checks how many rows are read at once.</summary>
    /// <exception cref="BadInputException">They are too many.</exception>
    public void CheckRows(long rowCount)
    {
        if (rowCount is < 0 or > MostRows)
        {
            throw new BadInputException($"{path} claims {rowCount:N0} rows in one row group; at most {MostRows:N0} are read at once. Write the file again with smaller row groups.");
        }
    }

    /// <summary>Checks the pages of one column in one row group.</summary>
    /// <exception cref="BadInputException">A page claims more than is there, or all together more than is read at once.</exception>
    public void CheckPages(ColumnMetaData column, long rowCount, bool isRepeated, string name)
    {
        if (column.NumValues < 0 || (!isRepeated && column.NumValues != rowCount) || column.NumValues > MostValues)
        {
            throw Damaged($"the column '{name}' claims {column.NumValues:N0} values for {rowCount:N0} rows");
        }

        var start = column.DictionaryPageOffset is > 0 and { } dictionary ? Math.Min(dictionary, column.DataPageOffset) : column.DataPageOffset;
        var length = RandomAccess.GetLength(stream.SafeFileHandle);
        if (start < 4 || start > length || column.TotalCompressedSize < 0 || column.TotalCompressedSize > length - start)
        {
            throw Damaged($"the column '{name}' claims {column.TotalCompressedSize:N0} bytes at {start:N0}");
        }

        var end = start + column.TotalCompressedSize;
        var header = new byte[PageHeaderLimit];
        var expanded = 0L;
        for (var (at, pages) = (start, 0); at < end; pages++)
        {
            var walk = new ThriftWalk(header.AsSpan(0, Read(header, at)));
            var fields = new Dictionary<int, long>();
            if (pages >= MostPages || !walk.Record(ParquetShapes.PageHeader, fields) || !fields.TryGetValue(CompressedSize, out var packed) || !fields.TryGetValue(UncompressedSize, out var plain)
                || packed < 0 || plain < 0 || packed > end - at)
            {
                throw Damaged($"a page of the column '{name}' at {at:N0} claims more than is there");
            }

            at += walk.Position + packed;
            expanded += plain;
            if (expanded > options.MaxRowGroupBytes)
            {
                throw new BadInputException(
                    $"{path}: the column '{name}' has more than {options.MaxRowGroupBytes:N0} bytes in one row group, which is read at once. Write the file again with smaller row groups.");
            }
        }
    }

    public BadInputException Damaged(string what, Exception? cause = null)
    {
        var message = $"{path} is no whole Parquet file: {what}. Fetch it or write it again.";
        return cause is null ? new(message) : new(message, cause);
    }

    private int Read(Span<byte> buffer, long offset)
    {
        var filled = 0;
        while (filled < buffer.Length && RandomAccess.Read(stream.SafeFileHandle, buffer[filled..], offset + filled) is > 0 and var read)
        {
            filled += read;
        }

        return filled;
    }
}
