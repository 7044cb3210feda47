using Plinth.Core;

namespace Plinth.Inference.Chat;

/// <summary>An option of a request cannot be honoured, and nothing is ignored.</summary>
public sealed class ClientOptionException : PlinthException
{
    /// <summary>Creates the error.</summary>
    /// <param name="optionName">The member of the options.</param>
    /// <param name="message">What, where, and how to mend it.</param>
    public ClientOptionException(string optionName, string message) : base($"The option {optionName} cannot be honoured: {message}") => OptionName = optionName;

    /// <inheritdoc />
    public ClientOptionException(string message) : base(message) { }

    /// <inheritdoc />
    public ClientOptionException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public ClientOptionException() { }

    /// <summary>The member of the options.</summary>
    public string OptionName { get; } = "";
}
