namespace Plinth.Core;

/// <summary>
/// An error that a user can understand and mend: its message is one clear paragraph that says what went wrong,
/// where, and what to do. The command line prints the message alone; everything else is a defect and keeps its stack trace.
/// </summary>
public class PlinthException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What, where, and how to mend it.</param>
    public PlinthException(string message) : base(message) { }

    /// <summary>Creates the error with the cause behind it.</summary>
    /// <param name="message">What, where, and how to mend it.</param>
    /// <param name="inner">What was caught.</param>
    public PlinthException(string message, Exception inner) : base(message, inner) { }

    /// <summary>Creates the error without a message.</summary>
    public PlinthException() { }
}

/// <summary>A file or folder given to Plinth is missing, malformed or hostile. The message names the file and the place in it.</summary>
public class BadInputException : PlinthException
{
    /// <inheritdoc />
    public BadInputException(string message) : base(message) { }

    /// <inheritdoc />
    public BadInputException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public BadInputException() { }
}

/// <summary>A checkpoint does not hold what its architecture needs: names, shapes, dtypes or options that do not fit.</summary>
public sealed class CheckpointException : BadInputException
{
    /// <inheritdoc />
    public CheckpointException(string message) : base(message) { }

    /// <inheritdoc />
    public CheckpointException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public CheckpointException() { }
}

/// <summary>A recipe, an option or a name given by the user is unknown or impossible. The message lists what is known.</summary>
public sealed class RecipeException : PlinthException
{
    /// <inheritdoc />
    public RecipeException(string message) : base(message) { }

    /// <inheritdoc />
    public RecipeException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public RecipeException() { }
}
