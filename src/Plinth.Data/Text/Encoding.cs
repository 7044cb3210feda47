namespace Plinth.Data.Text;

/// <summary>A text, or a pair of texts, as token ids with what is known of each token. All lists have the same length.</summary>
public sealed record Encoding
{
    /// <summary>Token ids.</summary>
    public required IReadOnlyList<int> Ids { get; init; }

    /// <summary>Which text each token belongs to: 0, or 1 for the second of a pair.</summary>
    public required IReadOnlyList<int> TypeIds { get; init; }

    /// <summary>The piece of the original text behind each token, in UTF-16 code units; empty for special tokens.</summary>
    public required IReadOnlyList<TokenSpan> Spans { get; init; }

    /// <summary>True for tokens that the template added.</summary>
    public required IReadOnlyList<bool> IsSpecial { get; init; }

    /// <summary>True for the first token of a word (of a pre-token).</summary>
    public required IReadOnlyList<bool> StartsWord { get; init; }

    /// <summary>Tokens.</summary>
    public int Count => Ids.Count;
}

/// <summary>Half-open piece of a text.</summary>
/// <param name="Start">First UTF-16 code unit.</param>
/// <param name="End">Code unit after the last.</param>
public readonly record struct TokenSpan(int Start, int End)
{
    /// <summary>Code units.</summary>
    public int Length => End - Start;
}
