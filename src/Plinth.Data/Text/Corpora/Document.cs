namespace Plinth.Data.Text;

/// <summary>One text to learn from.</summary>
/// <param name="Text">The text, never empty.</param>
/// <param name="Source">Where it came from, for messages: a file, or a line of one.</param>
public sealed record Document(string Text, string Source)
{
    /// <summary>The licence that it may be used under, in the words of whoever gave it; null where none is named.</summary>
    public string? License { get; init; }

    /// <summary>Whom it is from: an address, or the name of a collection; null where neither is named.</summary>
    public string? Origin { get; init; }

    /// <summary>The language that it is declared to be in, in the words of whoever gave it, for example <c>en-GB</c> or <c>spa</c>; null where none is named.</summary>
    public string? Language { get; init; }
}

/// <summary>What one document is when plain text is read.</summary>
public enum TextUnit
{
    /// <summary>A whole file.</summary>
    File,

    /// <summary>Lines up to the next blank one.</summary>
    Paragraph,

    /// <summary>A line.</summary>
    Line,
}

/// <summary>What happens at bytes that are not UTF-8.</summary>
public enum InvalidText
{
    /// <summary>The file is refused with the byte offset of the first one.</summary>
    Refuse,

    /// <summary>Each becomes U+FFFD.</summary>
    Replace,
}
