namespace Plinth.Data.Text;

/// <summary>What a piece of running text refers to.</summary>
public enum MentionKind
{
    /// <summary>Nothing: plain words.</summary>
    None,

    /// <summary>A type.</summary>
    Type,

    /// <summary>A method, property, field or event.</summary>
    Member,

    /// <summary>A parameter or type parameter.</summary>
    Parameter,

    /// <summary>A word of the language, such as <c>null</c>.</summary>
    Keyword,
}

/// <summary>A stretch of running text.</summary>
/// <param name="Text">The characters, as they are read.</param>
/// <param name="Kind">What they refer to.</param>
public readonly record struct TextPiece(string Text, MentionKind Kind);

/// <summary>Text whose mentions of types, members and parameters are still known.</summary>
public sealed class RunningText
{
    private string? text;

    /// <summary>Keeps pieces.</summary>
    /// <param name="pieces">In reading order, blanks between them included.</param>
    public RunningText(IReadOnlyList<TextPiece> pieces) => Pieces = pieces;

    /// <summary>No text.</summary>
    public static RunningText Empty { get; } = new([]);

    /// <summary>In reading order; joined they are <see cref="Text"/>.</summary>
    public IReadOnlyList<TextPiece> Pieces { get; }

    /// <summary>The whole as one string, white space normalised.</summary>
    public string Text => text ??= Pieces.Count == 1 ? Pieces[0].Text : string.Concat(Pieces.Select(p => p.Text));

    /// <summary>Whether there is no text.</summary>
    public bool IsEmpty => Pieces.Count == 0;

    /// <inheritdoc />
    public override string ToString() => Text;
}
