using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>What is wrong with a picture file.</summary>
public enum ImageFault
{
    /// <summary>There is no such file, or it cannot be opened.</summary>
    Missing,

    /// <summary>It has no bytes, or no pixels.</summary>
    Empty,

    /// <summary>It is something else, whatever its extension says.</summary>
    NotAnImage,

    /// <summary>It is a picture of a form that is not read.</summary>
    UnsupportedFormat,

    /// <summary>It is beyond a limit, or claims to be.</summary>
    TooLarge,

    /// <summary>It ends too early.</summary>
    Truncated,

    /// <summary>Its content contradicts itself.</summary>
    Damaged,
}

/// <summary>A picture cannot be read. The message names the file, what was found and what to do.</summary>
public sealed class BadImageException : BadInputException
{
    /// <summary>Creates the error.</summary>
    /// <param name="fault">What is wrong.</param>
    /// <param name="message">What, where, and how to mend it.</param>
    public BadImageException(ImageFault fault, string message) : base(message) => Fault = fault;

    /// <summary>Creates the error with the cause behind it.</summary>
    /// <param name="fault">What is wrong.</param>
    /// <param name="message">What, where, and how to mend it.</param>
    /// <param name="inner">What was caught.</param>
    public BadImageException(ImageFault fault, string message, Exception inner) : base(message, inner) => Fault = fault;

    /// <inheritdoc />
    public BadImageException(string message) : base(message) { }

    /// <inheritdoc />
    public BadImageException(string message, Exception inner) : base(message, inner) { }

    /// <inheritdoc />
    public BadImageException() { }

    /// <summary>What is wrong, for counting.</summary>
    public ImageFault Fault { get; } = ImageFault.Damaged;
}
