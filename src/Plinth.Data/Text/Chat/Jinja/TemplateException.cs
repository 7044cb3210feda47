using Plinth.Core;

namespace Plinth.Data.Text.Chat;

/// <summary>A template is malformed, reaches for what it may not have, runs beyond its limits, or refuses the messages with words of its own.</summary>
public sealed class TemplateException : BadInputException
{
    /// <inheritdoc />
    public TemplateException(string message) : base(message) { }

    /// <summary>An error at a place of the template.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="line">Line of the template, from 1.</param>
    public TemplateException(string message, int line) : base($"Chat template, line {line}: {message}") => Line = line;

    /// <inheritdoc />
    public TemplateException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public TemplateException() { }

    /// <summary>Line of the template, from 1; 0 when no line is to blame.</summary>
    public int Line { get; }

    /// <summary>Whether the template itself refused, by <c>raise_exception</c>.</summary>
    public bool IsRefusal { get; init; }

    internal TemplateException At(int line) => Line > 0 ? this : new($"{Message}", line) { IsRefusal = IsRefusal };
}
