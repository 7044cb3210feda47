using Plinth.Core;

namespace Plinth.Data.Text.Batching;

/// <summary>Columns in this process's memory.</summary>
internal sealed class MemoryColumns : IColumnSink, IColumnSource
{
    private readonly Dictionary<string, object> lists = [];

    public ColumnWriter<T> Create<T>(string name) where T : unmanaged
    {
        List<T> list = [];
        lists.Add(name, list);
        return new Writer<T>(list);
    }

    public Column<T> Open<T>(string name) where T : unmanaged => new Reader<T>([.. (List<T>)lists[name]]);

    public void Dispose()
    {
        // Memory goes by itself.
    }

    private sealed class Reader<T>(T[] values) : Column<T> where T : unmanaged
    {
        public override long Count => values.Length;

        protected override ReadOnlySpan<T> Piece(long start, int count) => values.AsSpan((int)start, count);
    }

    private sealed class Writer<T>(List<T> list) : ColumnWriter<T> where T : unmanaged
    {
        public override long Count => list.Count;

        public override void Add(T value)
        {
            if (list.Count == Array.MaxLength)
            {
                throw new BadInputException($"The corpus has more than {Array.MaxLength:N0} tokens, which is as many as memory holds in one piece. Give it as files in a recipe, which are read through the disk.");
            }

            list.Add(value);
        }
    }
}
