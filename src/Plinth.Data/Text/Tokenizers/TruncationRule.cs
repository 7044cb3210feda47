using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Which of two texts is cut when they are too long together.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one, then both alike.</summary>
    LongestFirst,

    /// <summary>The first.</summary>
    OnlyFirst,

    /// <summary>The second.</summary>
    OnlySecond,
}

/// <summary>How encoded texts are cut to a length, as the <c>truncation</c> of a tokenizer file says it.</summary>
public sealed record TruncationRule
{
    /// <summary>The most tokens, special ones among them.</summary>
    public required int MaximumLength { get; init; }

    /// <summary>Which text is cut.</summary>
    public TruncationStrategy Strategy { get; init; }

    /// <summary>Whether the beginning is cut off rather than the end.</summary>
    public bool CutsLeft { get; init; }

    /// <summary>How many tokens neighbouring windows share where a long text is split into several; kept for whoever splits, cutting alone has one window.</summary>
    public int Stride { get; init; }

    /// <summary>How many tokens of each text stay.</summary>
    /// <param name="first">Tokens of the first.</param>
    /// <param name="second">Tokens of the second; 0 when there is none.</param>
    /// <param name="specialCount">Tokens that the template adds.</param>
    /// <exception cref="PlinthException">The text that may be cut is too short for it, or there is no room for any text.</exception>
    internal (int First, int Second) Keep(int first, int second, int specialCount)
    {
        var room = MaximumLength - specialCount;
        if (first + second <= room)
        {
            return (first, second);
        }

        if (room < 0)
        {
            throw new PlinthException($"A maximum length of {MaximumLength} tokens leaves no room for text: the template alone adds {specialCount}.");
        }

        var excess = first + second - room;
        switch (Strategy)
        {
            case TruncationStrategy.OnlyFirst when first >= excess:
                return (first - excess, second);
            case TruncationStrategy.OnlySecond when second >= excess:
                return (first, second - excess);
            case TruncationStrategy.LongestFirst:
                // The shorter stays whole while it has no more than its half.
                if (Math.Min(first, second) <= room / 2)
                {
                    return first < second ? (first, room - first) : (room - second, second);
                }

                return first <= second ? (room / 2, room - room / 2) : (room - room / 2, room / 2);
            default:
                throw new PlinthException($"The texts have {first} and {second} tokens, {excess} too many, and cutting {Strategy} alone does not make them fit. Shorten the other, or cut with {nameof(TruncationStrategy.LongestFirst)}.");
        }
    }

    internal static TruncationRule Read(JsonPart part)
    {
        part.Knows("direction", "max_length", "strategy", "stride");
        return new()
        {
            MaximumLength = part.Number("max_length") is >= 0 and var length ? length : throw part.Missing("max_length", "no less than 0"),
            Stride = part.OptionalNumber("stride") ?? 0,
            CutsLeft = PaddingRule.IsLeft(part),
            Strategy = part.OptionalText("strategy") switch
            {
                null or "LongestFirst" => TruncationStrategy.LongestFirst,
                "OnlyFirst" => TruncationStrategy.OnlyFirst,
                "OnlySecond" => TruncationStrategy.OnlySecond,
                _ => throw part.Missing("strategy", "LongestFirst, OnlyFirst or OnlySecond"),
            },
        };
    }
}
