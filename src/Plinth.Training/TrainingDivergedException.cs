using Plinth.Core;

namespace Plinth.Training;

/// <summary>A loss or gradient is no longer a number. The message names the step and what usually mends it.</summary>
public sealed class TrainingDivergedException : PlinthException
{
    /// <inheritdoc />
    public TrainingDivergedException(string message) : base(message) { }

    /// <inheritdoc />
    public TrainingDivergedException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public TrainingDivergedException() { }
}
