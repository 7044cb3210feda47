namespace Plinth.Data.Text.Batching;

/// <summary>Numbers in a row that are read in pieces, wherever they lie.</summary>
internal abstract class Column<T> where T : unmanaged
{
    /// <summary>Numbers in it.</summary>
    public abstract long Count { get; }

    /// <summary>The number at a place.</summary>
    public T this[long index] => Read(index, 1)[0];

    /// <summary>Neighbours, without a copy.</summary>
    /// <param name="start">First.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are not all there.</exception>
    public ReadOnlySpan<T> Read(long start, int count)
    {
        if (start < 0 || count < 0 || start > Count - count)
        {
            throw new ArgumentOutOfRangeException(nameof(start), $"Of {Count} numbers, {count} from {start} on do not exist.");
        }

        return Piece(start, count);
    }

    /// <summary>All of them, where they are few enough for one span.</summary>
    public ReadOnlySpan<T> All() => Read(0, checked((int)Count));

    /// <summary>Neighbours that are known to be there.</summary>
    protected abstract ReadOnlySpan<T> Piece(long start, int count);
}

/// <summary>A column that grows.</summary>
internal abstract class ColumnWriter<T> where T : unmanaged
{
    /// <summary>Numbers so far.</summary>
    public abstract long Count { get; }

    /// <summary>Appends a number.</summary>
    public abstract void Add(T value);
}

/// <summary>Where columns are written, by their names.</summary>
internal interface IColumnSink
{
    /// <summary>Begins a column.</summary>
    ColumnWriter<T> Create<T>(string name) where T : unmanaged;
}

/// <summary>Where columns are found again.</summary>
internal interface IColumnSource : IDisposable
{
    /// <summary>A column that was written.</summary>
    Column<T> Open<T>(string name) where T : unmanaged;
}
