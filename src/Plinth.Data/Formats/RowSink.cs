using System.Text.Json.Nodes;

namespace Plinth.Data.Formats;

/// <summary>A file of rows that is being written.</summary>
public abstract class RowSink : IDisposable
{
    /// <summary>Adds a row.</summary>
    /// <param name="fields">Its fields by name; missing ones are left empty.</param>
    /// <param name="place">Where it comes from, for messages.</param>
    /// <exception cref="Plinth.Core.BadInputException">The form of the file cannot hold a field.</exception>
    public abstract void Write(JsonObject fields, string place);

    /// <summary>Writes what is held back. Without it the file is not whole.</summary>
    public abstract void Complete();

    /// <summary>Frees what the sink holds; the stream stays open.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the sink holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
