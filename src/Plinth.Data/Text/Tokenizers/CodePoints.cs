using System.Globalization;
using static System.Globalization.UnicodeCategory;

namespace Plinth.Data.Text;

/// <summary>What tokenizers ask about a code point.</summary>
internal static class CodePoints
{
    public static int At(ReadOnlySpan<char> text, int index, out int length)
    {
        var unit = text[index];
        if (char.IsHighSurrogate(unit) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            length = 2;
            return char.ConvertToUtf32(unit, text[index + 1]);
        }
        length = 1;
        return unit;
    }

    /// <summary>The code point as a rune; U+FFFD for half of a surrogate pair.</summary>
    public static System.Text.Rune ToRune(int codePoint) => new(codePoint is >= 0xD800 and < 0xE000 ? 0xFFFD : codePoint);

    public static UnicodeCategory CategoryOf(int codePoint) => CharUnicodeInfo.GetUnicodeCategory(codePoint);

    public static bool IsWhiteSpace(int codePoint) => codePoint < 0x10000 && char.IsWhiteSpace((char)codePoint);

    public static bool IsLetter(int codePoint) => codePoint < 128
        ? char.IsAsciiLetter((char)codePoint)
        : CategoryOf(codePoint) <= OtherLetter;

    public static bool IsNumber(int codePoint) => codePoint < 128
        ? char.IsAsciiDigit((char)codePoint)
        : CategoryOf(codePoint) is DecimalDigitNumber or LetterNumber or OtherNumber;

    /// <summary>BERT's idea of punctuation: every ASCII sign, and Unicode's P categories.</summary>
    public static bool IsPunctuation(int codePoint) => codePoint < 128
        ? codePoint is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126)
        : CategoryOf(codePoint) is ConnectorPunctuation or DashPunctuation or OpenPunctuation or ClosePunctuation
            or InitialQuotePunctuation or FinalQuotePunctuation or OtherPunctuation;

    /// <summary>A control code that BERT drops: category C without tabs, line ends and unassigned code points.</summary>
    public static bool IsControl(int codePoint) => codePoint < 128
        ? codePoint is (< 32 and not ('\t' or '\n' or '\r')) or 127
        : CategoryOf(codePoint) is Control or Format or PrivateUse or Surrogate;

    /// <summary>The <c>\w</c> of Unicode's regular expressions (UTS 18): letters, marks, digits, connectors and joiners.</summary>
    public static bool IsWord(int codePoint)
    {
        if (codePoint < 128)
        {
            return char.IsAsciiLetterOrDigit((char)codePoint) || codePoint == '_';
        }

        return CategoryOf(codePoint) is <= OtherLetter or NonSpacingMark or SpacingCombiningMark or EnclosingMark
                or DecimalDigitNumber or LetterNumber or ConnectorPunctuation
            || codePoint is 0x200C or 0x200D or (>= 0x24B6 and <= 0x24E9)
                or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
    }

    public static bool IsMark(int codePoint) => codePoint >= 0x300
        && CategoryOf(codePoint) is NonSpacingMark or SpacingCombiningMark or EnclosingMark;

    public static bool IsChinese(int codePoint) => codePoint >= 0x3400 && codePoint is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <summary>Lower case of one code point. Only U+0130 becomes two: i and U+0307, which the caller adds.</summary>
    public static int ToLower(int codePoint)
    {
        if (codePoint < 128)
        {
            return codePoint is >= 'A' and <= 'Z' ? codePoint + 32 : codePoint;
        }

        if (codePoint == DottedCapitalI)
        {
            return 'i';
        }

        return codePoint is >= 0xD800 and < 0xE000 ? codePoint : System.Text.Rune.ToLowerInvariant(new(codePoint)).Value;
    }

    /// <summary>İ, whose lower case is i followed by <see cref="DotAbove" />.</summary>
    public const int DottedCapitalI = 0x130;

    /// <summary>Combining dot above.</summary>
    public const int DotAbove = 0x307;

    /// <summary>The text with lone surrogates replaced by U+FFFD.</summary>
    public static string WithoutLoneSurrogates(string text)
    {
        char[]? mended = null;
        for (var i = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
                continue;
            }
            mended ??= text.ToCharArray();
            mended[i] = '\uFFFD';
        }
        return mended is null ? text : new(mended);
    }
}
