using System.Globalization;
using System.Text.RegularExpressions;

namespace Plinth.Recipes;

/// <summary>The words of a text, without regard to language: as they stand, or as terms that classical methods count.</summary>
internal static partial class Words
{
    /// <summary>End of the word that begins at a place: a run of letters, digits and underscores, or one mark.</summary>
    public static int End(string text, int start)
    {
        var end = start;
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_' || IsCombining(text, end)))
        {
            end++;
        }

        return end > start ? end : start + (char.IsSurrogatePair(text, start) ? 2 : 1);
    }

    /// <summary>The words in order; blanks are left out.</summary>
    public static IEnumerable<string> Split(string text)
    {
        for (var i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                i++;
                continue;
            }

            var end = End(text, i);
            yield return text[i..end];
            i = end;
        }
    }

    /// <summary>Words between blanks.</summary>
    public static int Count(string text)
    {
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            count += !char.IsWhiteSpace(text[i]) && (i == 0 || char.IsWhiteSpace(text[i - 1])) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Runs of letters and digits, in lower case.</summary>
    public static IEnumerable<string> Terms(string text) => Term().Matches(text).Select(match => match.Value.ToLowerInvariant());

    /// <summary>The same, with each identifier followed by its parts: <c>ReadOnlyList</c> gives <c>readonlylist read only list</c>.</summary>
    public static IEnumerable<string> TermsWithParts(string text)
    {
        foreach (Match term in Term().Matches(text))
        {
            yield return term.Value.ToLowerInvariant();
            var parts = Part().Matches(term.Value);
            foreach (var part in parts.Count > 1 ? parts.Select(part => part.Value.ToLowerInvariant()) : [])
            {
                yield return part;
            }
        }
    }

    private static bool IsCombining(string text, int i) => char.GetUnicodeCategory(text[i]) is UnicodeCategory.NonSpacingMark;

    [GeneratedRegex(@"[\p{L}\p{Mn}\p{Nd}]+")]
    private static partial Regex Term();

    [GeneratedRegex(@"\p{Lu}+(?!\p{Ll})|\p{Lu}?[^\p{Lu}\p{Nd}]+|\p{Nd}+")]
    private static partial Regex Part();
}
