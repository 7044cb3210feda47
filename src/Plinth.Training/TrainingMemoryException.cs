using Plinth.Core;

namespace Plinth.Training;

/// <summary>A step does not fit the memory, however small the pieces that it is computed in. The message names the step and what helps.</summary>
public sealed class TrainingMemoryException : PlinthException
{
    /// <inheritdoc />
    public TrainingMemoryException(string message) : base(message) { }

    /// <inheritdoc />
    public TrainingMemoryException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public TrainingMemoryException() { }
}
