using System.Runtime.InteropServices;

namespace Plinth.Data.Text.Batching;

/// <summary>Columns as files of a folder.</summary>
/// <param name="folder">The folder, which exists.</param>
internal sealed class ColumnFolder(string folder) : IColumnSink, IColumnSource
{
    private readonly List<IDisposable> open = [];

    /// <summary>The file of a column.</summary>
    public static string FileOf(string name) => name + ".bin";

    public ColumnWriter<T> Create<T>(string name) where T : unmanaged
    {
        var writer = new Writer<T>(Path.Combine(folder, FileOf(name)));
        open.Add(writer);
        return writer;
    }

    public Column<T> Open<T>(string name) where T : unmanaged
    {
        var column = new MappedColumn<T>(Path.Combine(folder, FileOf(name)));
        open.Add(column);
        return column;
    }

    /// <summary>Ends what was begun: files that are written lie on the disk, those that are read are let go.</summary>
    public void Dispose()
    {
        open.ForEach(one => one.Dispose());
        open.Clear();
    }

    private sealed class Writer<T>(string path) : ColumnWriter<T>, IDisposable where T : unmanaged
    {
        private readonly FileStream stream = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1);
        private readonly T[] buffer = new T[1 << 14];
        private long count;
        private int filled;

        public override long Count => count;

        public override void Add(T value)
        {
            buffer[filled++] = value;
            count++;
            if (filled == buffer.Length)
            {
                Flush();
            }
        }

        public void Dispose()
        {
            using (stream)
            {
                Flush();
                stream.Flush(flushToDisk: true);
            }
        }

        private void Flush()
        {
            stream.Write(MemoryMarshal.AsBytes(buffer.AsSpan(0, filled)));
            filled = 0;
        }
    }
}
