namespace Plinth.Data.Formats;

/// <summary>An open file of rows.</summary>
public abstract class RowSource : IDisposable
{
    /// <summary>How much of the file has been read, 0 to 1.</summary>
    public abstract double Progress { get; }

    /// <summary>The columns and what they are, where the file says it before its first row; else null.</summary>
    public abstract IReadOnlyList<DataColumn>? Columns { get; }

    /// <summary>Reads the rows, once.</summary>
    /// <exception cref="Plinth.Core.BadInputException">A row is malformed and the options do not leave it out; the message names file and line.</exception>
    public abstract IEnumerable<DataRow> Rows();

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the file.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
