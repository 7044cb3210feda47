using System.Globalization;

namespace Plinth.Data.Text;

/// <summary>What a cut into words asks of a character.</summary>
internal enum CharacterKind : byte { Other, Space, Number, Mark, Upper, Lower, Caseless }

/// <summary>Looks up the kinds of characters, from one table for all but the rare.</summary>
internal static class CharacterKinds
{
    private static readonly CharacterKind[] Table = [.. Enumerable.Range(0, char.MaxValue + 1).Select(Compute)];

    public static CharacterKind At(ReadOnlySpan<char> text, int at, out int length)
    {
        length = 1;
        var unit = text[at];
        if (!char.IsHighSurrogate(unit))
        {
            return Table[unit];
        }

        var codePoint = CodePoints.At(text, at, out length);
        return length == 1 ? CharacterKind.Other : Compute(codePoint);
    }

    public static bool IsLetter(this CharacterKind kind) => kind >= CharacterKind.Upper;

    private static CharacterKind Compute(int codePoint) => CodePoints.IsWhiteSpace(codePoint) ? CharacterKind.Space : CodePoints.CategoryOf(codePoint) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharacterKind.Upper,
        UnicodeCategory.LowercaseLetter => CharacterKind.Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterKind.Caseless,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharacterKind.Mark,
        _ => CharacterKind.Other,
    };
}
