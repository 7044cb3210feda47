using System.Text;
using System.Text.RegularExpressions;
using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>
/// A literal or a regular expression from a tokenizer file. Matching is bounded in time. Regular expressions of .NET see
/// code units; characters beyond U+FFFF are shown to them as a single unit of the same category, so that <c>\p{L}</c> and its like hold.
/// </summary>
internal sealed class TextPattern
{
    /// <summary>The longest that one match may take, and all matches of a text.</summary>
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(5), TextLimit = TimeSpan.FromSeconds(60);

    private const int LongestPattern = 10_000;

    private readonly string? literal;
    private readonly Regex? regex;
    private readonly bool mentionsAstral;

    private TextPattern(string? literal, Regex? regex, bool mentionsAstral) =>
        (this.literal, this.regex, this.mentionsAstral) = (literal, regex, mentionsAstral);

    public static TextPattern Literal(string text) => new(text, null, false);

    public static TextPattern Expression(string pattern)
    {
        const RegexOptions Plain = RegexOptions.CultureInvariant;
        if (pattern.Length > LongestPattern)
        {
            throw new ArgumentException($"It has {pattern.Length} characters; {LongestPattern} are the most.");
        }

        Regex regex;
        try
        {
            // Without lookarounds and backreferences time is linear whatever the pattern.
            regex = new(pattern, Plain | RegexOptions.NonBacktracking, MatchLimit);
        }
        catch (NotSupportedException)
        {
            regex = new(pattern, Plain | RegexOptions.Compiled, MatchLimit);
        }
        return new(null, regex, pattern.Any(char.IsSurrogate));
    }

    /// <summary>Matches in a range, left to right, without overlap.</summary>
    public List<(int Start, int End)> Matches(string text, int start, int end)
    {
        List<(int, int)> found = [];
        if (literal is not null)
        {
            if (literal.Length == 0)
            {
                return found;
            }

            for (var at = start; at < end; at += literal.Length)
            {
                var next = text.AsSpan(at, end - at).IndexOf(literal, StringComparison.Ordinal);
                if (next < 0)
                {
                    break;
                }

                at += next;
                found.Add((at, at + literal.Length));
            }
            return found;
        }
        var piece = text.AsSpan(start, end - start);
        var places = mentionsAstral || piece.IndexOfAnyInRange('\uD800', '\uDFFF') < 0 ? null : new int[piece.Length + 1];
        var shadow = places is null ? piece : Shadow(piece, places);
        var deadline = Environment.TickCount64 + (long)TextLimit.TotalMilliseconds;
        try
        {
            foreach (var match in regex!.EnumerateMatches(shadow))
            {
                if (Environment.TickCount64 > deadline)
                {
                    throw TooSlow(piece.Length, TextLimit, null);
                }

                var (from, to) = (match.Index, match.Index + match.Length);
                found.Add(places is null ? (start + from, start + to) : (start + places[from], start + places[to]));
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TooSlow(piece.Length, MatchLimit, e);
        }
        return found;
    }

    private PlinthException TooSlow(int length, TimeSpan limit, Exception? cause) =>
        new($"The tokenizer's pattern {regex} took more than {limit.TotalSeconds} seconds on a text of {length} characters. Split the text, or mend the pattern.", cause!);

    /// <summary>The text with each code point as one unit, and where each unit begins.</summary>
    private static string Shadow(ReadOnlySpan<char> text, int[] places)
    {
        StringBuilder shadow = new(text.Length);
        for (int i = 0, length; i < text.Length; i += length)
        {
            var codePoint = CodePoints.At(text, i, out length);
            places[shadow.Length] = i;
            shadow.Append(codePoint < 0x10000 ? (char)codePoint : StandIn(codePoint));
        }
        places[shadow.Length] = text.Length;
        return shadow.ToString();
    }

    /// <summary>A rare unit of the same general category.</summary>
    private static char StandIn(int codePoint) => CodePoints.CategoryOf(codePoint) switch
    {
        System.Globalization.UnicodeCategory.UppercaseLetter => '\uA7AA',
        System.Globalization.UnicodeCategory.LowercaseLetter => '\uA7FA',
        System.Globalization.UnicodeCategory.TitlecaseLetter => '\u1F88',
        System.Globalization.UnicodeCategory.ModifierLetter => '\uA7F8',
        System.Globalization.UnicodeCategory.OtherLetter => '\uA8FB',
        System.Globalization.UnicodeCategory.NonSpacingMark => '\uA8F0',
        System.Globalization.UnicodeCategory.SpacingCombiningMark => '\uAA7B',
        System.Globalization.UnicodeCategory.EnclosingMark => '\uA670',
        System.Globalization.UnicodeCategory.DecimalDigitNumber => '\uA8D0',
        System.Globalization.UnicodeCategory.LetterNumber => '\uA6E6',
        System.Globalization.UnicodeCategory.OtherNumber => '\uA830',
        System.Globalization.UnicodeCategory.DashPunctuation => '\u2E17',
        System.Globalization.UnicodeCategory.ConnectorPunctuation => '\u2054',
        System.Globalization.UnicodeCategory.OtherPunctuation => '\uA874',
        System.Globalization.UnicodeCategory.MathSymbol => '\u2AFF',
        System.Globalization.UnicodeCategory.CurrencySymbol => '\uA838',
        System.Globalization.UnicodeCategory.ModifierSymbol => '\uA700',
        System.Globalization.UnicodeCategory.Format => '\u206A',
        System.Globalization.UnicodeCategory.PrivateUse => '\uE000',
        System.Globalization.UnicodeCategory.OtherNotAssigned => '\u2FE0',
        _ => '\u2BFF',
    };
}
