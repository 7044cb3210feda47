using Plinth.Core;

namespace Plinth.Inference.Constraints;

/// <summary>A schema cannot be made a constraint: a keyword is not supported or has an impossible value, or no document can keep the schema.</summary>
public sealed class ConstraintException : PlinthException
{
    /// <summary>Creates the error.</summary>
    /// <param name="keyword">The keyword at fault; empty when it is none.</param>
    /// <param name="message">What, where, and how to mend it.</param>
    public ConstraintException(string keyword, string message) : base(message) => Keyword = keyword;

    /// <inheritdoc />
    public ConstraintException(string message) : base(message) { }

    /// <inheritdoc />
    public ConstraintException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public ConstraintException() { }

    /// <summary>The schema keyword at fault; empty when it is none.</summary>
    public string Keyword { get; } = "";
}
