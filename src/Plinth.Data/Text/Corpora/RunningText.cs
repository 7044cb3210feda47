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

/// <summary>Where a mention stands in its text: half-open, in UTF-16 code units.</summary>
/// <param name="Start">First code unit.</param>
/// <param name="End">Code unit after the last.</param>
/// <param name="Kind">What is mentioned.</param>
public readonly record struct MentionSpan(int Start, int End, MentionKind Kind);

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

    /// <summary>The places of all mentions in <see cref="Text"/>, in order.</summary>
    public IEnumerable<MentionSpan> Mentions
    {
        get
        {
            var start = 0;
            foreach (var piece in Pieces)
            {
                if (piece.Kind != MentionKind.None)
                {
                    yield return new(start, start + piece.Text.Length, piece.Kind);
                }

                start += piece.Text.Length;
            }
        }
    }

    /// <summary>Whether there is no text.</summary>
    public bool IsEmpty => Pieces.Count == 0;

    /// <inheritdoc />
    public override string ToString() => Text;
}
