using System.Collections.Frozen;

namespace Plinth.Data.Text;

/// <summary>
/// The words of GPT-2 and its visible alphabet of bytes (Radford et al. 2019): printable bytes stand for themselves,
/// the others for the characters from U+0100 on.
/// </summary>
internal static class ByteLevel
{
    /// <summary>The character of each byte.</summary>
    public static readonly char[] Characters = MakeCharacters();

    /// <summary>The order of GPT-2's and CLIP's vocabularies: bytes that can be printed come first.</summary>
    public static readonly IComparer<char> PrintableFirst = Comparer<char>.Create((one, other) => (one >= 256, one).CompareTo((other >= 256, other)));

    /// <summary>The pieces that stand for bytes in vocabularies that fall back to them.</summary>
    public static readonly string[] Pieces = [.. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")];

    private static readonly FrozenDictionary<char, byte> Bytes =
        Characters.Select((character, index) => (character, (byte)index)).ToFrozenDictionary(pair => pair.character, pair => pair.Item2);

    /// <summary>The byte of a character, or -1.</summary>
    public static int ByteOf(char character) => Bytes.TryGetValue(character, out var value) ? value : -1;

    /// <summary>Writes a word in the alphabet of bytes, and for each byte the range of the word it came from.</summary>
    /// <returns>Characters written; the spans are at least three times as long as the word.</returns>
    public static int Map(ReadOnlySpan<char> word, Span<char> mapped, Span<int> starts, Span<int> ends)
    {
        var count = 0;
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0, length; i < word.Length; i += length)
        {
            var codePoint = CodePoints.At(word, i, out length);
            if (codePoint < 128)
            {
                starts[count] = i;
                ends[count] = i + 1;
                mapped[count++] = Characters[codePoint];
                continue;
            }
            var size = CodePoints.ToRune(codePoint).EncodeToUtf8(utf8);
            for (var k = 0; k < size; k++)
            {
                starts[count] = i;
                ends[count] = i + length;
                mapped[count++] = Characters[utf8[k]];
            }
        }
        return count;
    }

    /// <summary>
    /// Cuts as the expression <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> does,
    /// whole code points at a time.
    /// </summary>
    public static void Split(string text, int start, int end, List<(int Start, int End)> ranges)
    {
        var view = text.AsSpan(0, end);
        var at = start;
        while (at < end)
        {
            var next = at;
            if (view[at] == '\'' && ContractionLength(view[at..]) is > 0 and var contraction)
            {
                next = at + contraction;
            }
            else
            {
                var from = view[at] == ' ' && at + 1 < end ? at + 1 : at;
                var kind = KindAt(view, from, out var length);
                if (kind == Kind.Space)
                {
                    next = EndOfSpaces(view, at);
                }
                else
                {
                    next = from + length;
                    while (next < end && KindAt(view, next, out length) == kind)
                    {
                        next += length;
                    }
                }
            }
            ranges.Add((at, next));
            at = next;
        }
    }

    private static int EndOfSpaces(ReadOnlySpan<char> view, int at)
    {
        var next = at + 1;
        while (next < view.Length && char.IsWhiteSpace(view[next]))
        {
            next++;
        }
        // The last space goes with the word that follows.
        return next < view.Length && next - at > 1 ? next - 1 : next;
    }

    private static int ContractionLength(ReadOnlySpan<char> rest)
    {
        if (rest.Length < 2)
        {
            return 0;
        }

        if (rest[1] is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        return rest.Length > 2 && (rest[1], rest[2]) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static Kind KindAt(ReadOnlySpan<char> view, int at, out int length)
    {
        var unit = view[at];
        if (unit < 128)
        {
            length = 1;
            return char.IsAsciiLetter(unit) ? Kind.Letter : char.IsAsciiDigit(unit) ? Kind.Number : char.IsWhiteSpace(unit) ? Kind.Space : Kind.Other;
        }
        var codePoint = CodePoints.At(view, at, out length);
        return CodePoints.IsLetter(codePoint) ? Kind.Letter
            : CodePoints.IsNumber(codePoint) ? Kind.Number
            : CodePoints.IsWhiteSpace(codePoint) ? Kind.Space : Kind.Other;
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var isPrintable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
            characters[value] = (char)(isPrintable ? value : next++);
        }
        return characters;
    }

    private enum Kind { Letter, Number, Other, Space }
}

/// <summary>Cuts text into GPT-2's words; writing them as bytes is left to the model's side when it is the last step.</summary>
internal sealed class ByteLevelPreTokenizer(bool addsPrefixSpace, bool splits, bool maps) : PreTokenizer
{
    public override void Apply(Pieces pieces)
    {
        if (addsPrefixSpace)
        {
            Prefix(pieces, ' ', static (_, _) => true);
        }

        if (splits)
        {
            Cut(pieces, ByteLevel.Split);
        }

        if (maps)
        {
            Rewrite(pieces, MapPiece);
        }
    }

    private static void MapPiece(AlignedText text, int start, int end, AlignedTextBuilder builder)
    {
        Span<char> mapped = stackalloc char[8];
        Span<int> places = stackalloc int[8];
        for (int i = start, length; i < end; i += length)
        {
            CodePoints.At(text.Text.AsSpan(0, end), i, out length);
            var count = ByteLevel.Map(text.Text.AsSpan(i, length), mapped, places, places);
            builder.Append(mapped[..count], i, i + length);
        }
    }
}
