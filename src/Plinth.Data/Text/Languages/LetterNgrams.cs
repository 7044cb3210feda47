using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Plinth.Data.Text.Languages;

/// <summary>Runs of one to four letters of a text, words in blanks, in lower case: what tells languages apart (Cavnar and Trenkle 1994, "N-Gram-Based Text Categorization").</summary>
internal static class LetterNgrams
{
    /// <summary>The longest run.</summary>
    public const int MostLetters = 4;

    private const int BitsPerUnit = 16;

    /// <summary>How often each run stands in a text. A run is its UTF-16 code units, the last in the lowest bits.</summary>
    public static Dictionary<ulong, int> Counts(string text)
    {
        Dictionary<ulong, int> counts = [];
        var letters = Letters(text);
        var last = 0UL;
        for (var i = 0; i < letters.Length; i++)
        {
            last = (last << BitsPerUnit) | letters[i];
            for (var length = 1; length <= Math.Min(MostLetters, i + 1); length++)
            {
                // A run holds a blank at its ends only, and is more than a blank.
                if (length > 2 && letters[i - length + 2] == ' ')
                {
                    break;
                }

                if (length > 1 || letters[i] != ' ')
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(counts, Ending(last, length), out _)++;
                }
            }
        }

        return counts;
    }

    /// <summary>The letters of a run.</summary>
    public static string Text(ulong run)
    {
        var text = new StringBuilder(MostLetters);
        for (var shift = BitsPerUnit * (MostLetters - 1); shift >= 0; shift -= BitsPerUnit)
        {
            if ((char)(run >> shift) is > '\0' and var letter)
            {
                text.Append(letter);
            }
        }

        return text.ToString();
    }

    private static ulong Ending(ulong run, int length) => length == MostLetters ? run : run & ((1UL << (BitsPerUnit * length)) - 1);

    /// <summary>Letters in lower case; what stands between is one blank, and so are both ends.</summary>
    private static string Letters(string text)
    {
        var letters = new StringBuilder(text.Length + 2).Append(' ');
        foreach (var unit in text)
        {
            if (char.IsLetter(unit) || char.IsSurrogate(unit) || char.GetUnicodeCategory(unit) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark)
            {
                letters.Append(char.ToLowerInvariant(unit));
            }
            else if (letters[^1] != ' ' && unit is not ('\'' or '’'))
            {
                letters.Append(' ');
            }
        }

        return letters.Append(letters[^1] == ' ' ? "" : " ").ToString();
    }
}
