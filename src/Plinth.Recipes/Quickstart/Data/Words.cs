namespace Plinth.Recipes.Quickstart;

/// <summary>Splits text into words without regard to language.</summary>
internal static class Words
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

    private static bool IsCombining(string text, int i) => char.GetUnicodeCategory(text[i]) is System.Globalization.UnicodeCategory.NonSpacingMark;
}
