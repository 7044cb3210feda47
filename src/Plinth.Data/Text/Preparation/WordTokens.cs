using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Plinth.Data.Text.Preparation;

/// <summary>
/// The words of a text as hashes, for what compares texts: runs of letters and digits without regard to case, punctuation and blanks.
/// In scripts that put no blanks between words each character is a word.
/// </summary>
internal static class WordTokens
{
    /// <summary>The hash of each word, in order.</summary>
    public static List<ulong> Hashes(string text)
    {
        List<ulong> hashes = new(text.Length / 5);
        foreach (var word in Words(text))
        {
            hashes.Add(HashOfWord(word));
        }

        return hashes;
    }

    /// <summary>The hash of a word as it stands.</summary>
    public static ulong HashOfWord(string word) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(word.AsSpan()));

    /// <summary>A hash of several words in a row.</summary>
    public static ulong HashOf(ReadOnlySpan<ulong> words) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(words));

    /// <summary>A hash of all the words of a text that is, for all that can happen, its own.</summary>
    public static UInt128 HashOfText(string text)
    {
        var words = Hashes(text);
        return XxHash128.HashToUInt128(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(words)));
    }

    /// <summary>The words themselves, in lower case.</summary>
    public static IEnumerable<string> Words(string text)
    {
        for (int i = 0, length; i < text.Length; i += length)
        {
            length = char.IsSurrogatePair(text, i) ? 2 : 1;
            if (!IsPart(text, i))
            {
                continue;
            }

            var start = i;
            if (!StandsAlone(text[i]))
            {
                while (i + length < text.Length && IsPart(text, i + length) && !StandsAlone(text[i + length]))
                {
                    i += length;
                    length = char.IsSurrogatePair(text, i) ? 2 : 1;
                }
            }

            yield return text[start..(i + length)].ToLowerInvariant();
        }
    }

    private static bool IsPart(string text, int at) => text[at] < 128
        ? char.IsAsciiLetterOrDigit(text[at])
        : CharUnicodeInfo.GetUnicodeCategory(text, at) is <= UnicodeCategory.DecimalDigitNumber;

    /// <summary>Whether a character belongs to a script without blanks: Thai, Lao, Burmese, Khmer, kana, ideographs.</summary>
    private static bool StandsAlone(char unit) =>
        unit is (>= '\u0E00' and <= '\u0EFF') or (>= '\u1000' and <= '\u109F') or (>= '\u1780' and <= '\u17FF')
            or (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF') or (>= '\uF900' and <= '\uFAFF');
}
