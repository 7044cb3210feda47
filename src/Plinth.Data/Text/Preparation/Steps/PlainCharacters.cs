using System.Buffers;
using System.Globalization;
using System.Text;

namespace Plinth.Data.Text.Preparation;

/// <summary>Takes out characters that nobody sees, and writes blanks and line ends in one way.</summary>
internal static class PlainCharacters
{
    private const int MostLineEnds = 2;

    // Texts of ASCII without these, and without blanks at the end of a line, are clean already.
    private static readonly SearchValues<char> plain = SearchValues.Create(
        "\n !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    /// <summary>The text, cleaned.</summary>
    public static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(plain) && !text.Contains(" \n", StringComparison.Ordinal) && !text.Contains("\n\n\n", StringComparison.Ordinal)
            && text.AsSpan().Trim().Length == text.Length)
        {
            return text;
        }

        var cleaned = new StringBuilder(text.Length);
        var lineEnds = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var unit = text[i];
            if (unit is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029')
            {
                i += unit == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 1 : 0;
                TrimEnd(cleaned);
                lineEnds++;
                cleaned.Append(lineEnds <= MostLineEnds ? "\n" : "");
            }
            else if (Plain(text, i) is { } kept)
            {
                lineEnds = char.IsWhiteSpace(kept) ? lineEnds : 0;
                cleaned.Append(kept);
            }
        }

        return cleaned.ToString().Trim();
    }

    /// <summary>What a character becomes; null where it goes.</summary>
    private static char? Plain(string text, int at)
    {
        var unit = text[at];
        if (unit < 0x80)
        {
            return unit == '\t' || unit is >= ' ' and < '\u007F' ? unit : null;
        }

        if (char.IsSurrogate(unit))
        {
            var isPaired = char.IsHighSurrogate(unit) ? at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) : at > 0 && char.IsHighSurrogate(text[at - 1]);
            return isPaired ? unit : '\uFFFD';
        }

        return char.GetUnicodeCategory(unit) switch
        {
            UnicodeCategory.SpaceSeparator => ' ',
            UnicodeCategory.Control => null,
            // Of the format characters the number signs of Arabic and Syriac are seen.
            UnicodeCategory.Format => unit is >= '\u0600' and <= '\u08FF' || IsJoiner(text, at) ? unit : null,
            _ => unit,
        };
    }

    /// <summary>Whether a zero-width joiner or non-joiner stands between two visible characters, where Persian, Indic scripts and emoji need it.</summary>
    private static bool IsJoiner(string text, int at) =>
        text[at] is '\u200C' or '\u200D' && at > 0 && at + 1 < text.Length && text[at - 1] >= 0x80 && text[at + 1] >= 0x80
        && !char.IsWhiteSpace(text[at - 1]) && !char.IsWhiteSpace(text[at + 1]);

    private static void TrimEnd(StringBuilder text)
    {
        while (text.Length > 0 && text[^1] is ' ' or '\t')
        {
            text.Length--;
        }
    }
}
