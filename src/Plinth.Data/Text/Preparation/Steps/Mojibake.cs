using System.Text;

namespace Plinth.Data.Text.Preparation;

/// <summary>
/// Reads UTF-8 again that was read as Windows-1252 or Latin-1 (<c>Ã©</c> for <c>é</c>). A line is changed only where all of its characters
/// beyond ASCII are such bytes, and where they are no plausible text as they stand.
/// </summary>
internal static class Mojibake
{
    // The characters of the bytes 0x80 to 0x9F; the five that Windows-1252 leaves open are what Latin-1 has.
    private const string HighControls = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

    // Text that was spoilt twice is mended twice; nobody spoils it more often.
    private const int MostTimes = 3;

    /// <summary>The text, its lines mended where that is certain.</summary>
    public static string Repair(string text)
    {
        // Every spoilt character begins with one of these.
        if (text.AsSpan().IndexOfAnyInRange('\u00C2', '\u00F4') < 0)
        {
            return text;
        }

        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            for (var times = 0; times < MostTimes && RepairLine(lines[i]) is { } mended; times++)
            {
                lines[i] = mended;
            }
        }

        return string.Join('\n', lines);
    }

    private static string? RepairLine(string line)
    {
        StringBuilder? mended = null;
        var (isCertain, before) = (false, -1);
        for (var i = 0; i < line.Length;)
        {
            if (line[i] < 0x80)
            {
                mended?.Append(line[i]);
                i++;
                continue;
            }

            if (ReadAgain(line, i, out var length) is not { } rune || IsPlausible(line, i, length))
            {
                return null;
            }

            mended ??= new StringBuilder(line, 0, i, line.Length);
            mended.Append(rune.ToString());
            isCertain |= length > 2 || line[i] <= '\u00C3' || before == i;
            i += length;
            before = i;
        }

        return isCertain ? mended?.ToString() : null;
    }

    /// <summary>The character whose UTF-8 bytes stand here as characters, or null.</summary>
    private static Rune? ReadAgain(string line, int start, out int length)
    {
        Span<byte> bytes = stackalloc byte[4];
        var lead = ByteOf(line[start]);
        length = lead switch { >= 0xC2 and <= 0xDF => 2, >= 0xE0 and <= 0xEF => 3, >= 0xF0 and <= 0xF4 => 4, _ => 0 };
        if (length == 0 || start + length > line.Length)
        {
            return null;
        }

        for (var i = 0; i < length; i++)
        {
            var value = ByteOf(line[start + i]);
            if (value < 0)
            {
                return null;
            }

            bytes[i] = (byte)value;
        }

        return Rune.DecodeFromUtf8(bytes[..length], out var rune, out var used) == System.Buffers.OperationStatus.Done && used == length ? rune : null;
    }

    /// <summary>Whether it may be meant as it stands: a capital, then a closing mark, as in "CAFÉ”" or "IRMÃ…".</summary>
    private static bool IsPlausible(string line, int start, int length) =>
        length == 2 && start > 0 && char.IsAsciiLetterUpper(line[start - 1]) && line[start + 1] is '…' or '’' or '”' or '–' or '—' or '›' or '»' or '™';

    private static int ByteOf(char unit) => unit switch
    {
        < '\u0080' => -1,
        >= '\u00A0' and <= '\u00FF' => unit,
        _ => HighControls.IndexOf(unit, StringComparison.Ordinal) is >= 0 and var at ? 0x80 + at : -1,
    };
}
