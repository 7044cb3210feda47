using Plinth.Core;

namespace Plinth.Export;

/// <summary>A checkpoint cannot be written in the form asked for. The message names the architecture or option at fault.</summary>
public sealed class ExportException : PlinthException
{
    /// <inheritdoc />
    public ExportException(string message) : base(message) { }

    /// <inheritdoc />
    public ExportException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public ExportException() { }
}
