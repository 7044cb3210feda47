namespace Plinth.Data.Text;

/// <summary>Counts words well enough to tell prose from menus.</summary>
internal static class WordCount
{
    // Words of scripts that are written without blanks have about two letters.
    private const int LettersPerUnspacedWord = 2;

    /// <summary>Runs of letters and digits, and every second letter where words are not separated.</summary>
    public static int Of(string text)
    {
        var (words, unspaced, isWithin) = (0, 0, false);
        foreach (var letter in text)
        {
            if (IsUnspaced(letter))
            {
                unspaced++;
                isWithin = false;
            }
            else if (char.IsWhiteSpace(letter))
            {
                isWithin = false;
            }
            else if (!isWithin && char.IsLetterOrDigit(letter))
            {
                words++;
                isWithin = true;
            }
        }

        return words + ((unspaced + LettersPerUnspacedWord - 1) / LettersPerUnspacedWord);
    }

    // Thai, Lao, Burmese and Khmer; kana; ideographs.
    private static bool IsUnspaced(char letter) =>
        letter is (>= '\u0E00' and <= '\u0EFF') or (>= '\u1000' and <= '\u109F') or (>= '\u1780' and <= '\u17FF')
            or (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF') or (>= '\uF900' and <= '\uFAFF');
}
