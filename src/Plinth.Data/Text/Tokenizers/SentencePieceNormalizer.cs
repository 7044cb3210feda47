namespace Plinth.Data.Text;

/// <summary>
/// Prepares text as SentencePiece does (Kudo &amp; Richardson 2018, arXiv:1808.06226): the longest rule first, extra spaces away, one space before
/// the text, and spaces made visible. User-defined pieces are let through as they are.
/// </summary>
/// <param name="rules">What is done.</param>
/// <param name="map">Replacements.</param>
/// <param name="userDefined">Pieces that no rule touches, or null.</param>
internal sealed class SentencePieceNormalizer(SentencePieceRules rules, CharacterMap map, TokenTrie? userDefined) : Normalizer
{
    private readonly char space = rules.EscapesSpaces ? SentencePieceFile.Space : ' ';

    public override AlignedText Apply(AlignedText source)
    {
        var text = source.Text.AsSpan();
        var builder = new AlignedTextBuilder(source);
        var at = 0;
        while (rules.RemovesExtraSpaces && at < text.Length && Prefix(text[at..], out var length) is " ")
        {
            at += length;
        }

        if (at == text.Length)
        {
            return builder.Build();
        }

        var addsDummy = rules.AddsDummySpace && !(rules.DummySpaceOnlyAtStart && source.Origin > 0);
        if (addsDummy && !rules.SpaceIsSuffix)
        {
            builder.Insert(space, at);
        }

        Rewrite(text, at, builder);
        if (rules.RemovesExtraSpaces)
        {
            builder.TrimEnd(space);
        }

        if (addsDummy && rules.SpaceIsSuffix)
        {
            builder.Insert(space, text.Length);
        }

        return builder.Build();
    }

    private void Rewrite(ReadOnlySpan<char> text, int at, AlignedTextBuilder builder)
    {
        var wasSpace = rules.RemovesExtraSpaces;
        for (int length; at < text.Length; at += length)
        {
            if (text[at] != ' ' && userDefined is null && map.LeavesAlone(text[at..]))
            {
                builder.Append(text[at], at, at + 1);
                (length, wasSpace) = (1, false);
                continue;
            }
            var made = Prefix(text[at..], out length);
            if (wasSpace)
            {
                made = made.TrimStart(' ');
            }

            foreach (var unit in made)
            {
                builder.Append(unit == ' ' ? space : unit, at, at + length);
            }

            if (!made.IsEmpty)
            {
                wasSpace = rules.RemovesExtraSpaces && made[^1] == ' ';
            }
        }
    }

    /// <summary>What the beginning of a text becomes, and how long that beginning is.</summary>
    private ReadOnlySpan<char> Prefix(ReadOnlySpan<char> text, out int length)
    {
        length = userDefined?.Longest(text).Length ?? 0;
        if (length > 0)
        {
            return text[..length];
        }

        if (map.Longest(text, out length) is { } replacement)
        {
            return replacement;
        }

        CodePoints.At(text, 0, out length);
        return text[..length];
    }
}

/// <summary>User-defined pieces stand alone: no other piece reaches into them.</summary>
internal sealed class UserDefinedPreTokenizer(TokenTrie userDefined) : PreTokenizer
{
    public override void Apply(Pieces pieces) => Cut(pieces, (text, start, end, ranges) =>
    {
        var from = start;
        for (int at = start, length; at < end; at += length)
        {
            length = userDefined.Longest(text.AsSpan(at, end - at)).Length;
            if (length == 0)
            {
                length = 1;
                continue;
            }
            if (from < at)
            {
                ranges.Add((from, at));
            }

            ranges.Add((at, at + length));
            from = at + length;
        }
        if (from < end)
        {
            ranges.Add((from, end));
        }
    });
}
