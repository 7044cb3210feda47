using System.Globalization;
using System.Numerics;

namespace Plinth.Data.Text.Chat;

/// <summary>Numbers as Python writes and rounds them.</summary>
internal static class PythonNumbers
{
    /// <summary>The shortest digits that read back, with an exponent below 1e-4 and from 1e16.</summary>
    public static string Text(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        if (number == 0)
        {
            return double.IsNegative(number) ? "-0.0" : "0.0";
        }

        var shortest = number.ToString("E16", CultureInfo.InvariantCulture);
        for (var digits = 0; digits < 17; digits++)
        {
            var form = number.ToString("E" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (double.Parse(form, CultureInfo.InvariantCulture) == number)
            {
                shortest = form;
                break;
            }
        }
        var sign = shortest[0] == '-' ? "-" : "";
        var at = shortest.IndexOf('E', StringComparison.Ordinal);
        var mantissa = shortest[sign.Length..at].Replace(".", "", StringComparison.Ordinal);
        var exponent = int.Parse(shortest.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (exponent is < -4 or >= 16)
        {
            return $"{sign}{mantissa[0]}{(mantissa.Length > 1 ? "." + mantissa[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{mantissa}";
        }

        return mantissa.Length <= exponent + 1
            ? $"{sign}{mantissa.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{mantissa[..(exponent + 1)]}.{mantissa[(exponent + 1)..]}";
    }

    /// <summary>With that many digits behind the point; exact ties go to the even digit.</summary>
    public static string Fixed(double number, int digits)
    {
        if (!double.IsFinite(number))
        {
            return Text(number);
        }

        var bits = BitConverter.DoubleToInt64Bits(number);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = new BigInteger((bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52));
        var shift = Math.Max(exponent, 1) - 1075;
        var scaled = mantissa * BigInteger.Pow(10, digits);
        BigInteger whole;
        if (shift >= 0)
        {
            whole = scaled << shift;
        }
        else
        {
            whole = scaled >> -shift;
            var twice = (scaled - (whole << -shift)) << 1;
            var one = BigInteger.One << -shift;
            if (twice > one || (twice == one && !whole.IsEven))
            {
                whole += 1;
            }
        }
        var text = whole.ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        return (double.IsNegative(number) ? "-" : "") + (digits == 0 ? text : $"{text[..^digits]}.{text[^digits..]}");
    }

    public static double Round(double number, int digits) => digits > 22 || !double.IsFinite(number) ? number
        : digits >= 0 ? double.Parse(Fixed(number, digits), CultureInfo.InvariantCulture)
        : digits < -308 ? 0 : Math.Round(number / Math.Pow(10, -digits), MidpointRounding.ToEven) * Math.Pow(10, -digits);

    public static long Whole(double number) => number is >= -9.2e18 and <= 9.2e18
        ? (long)Math.Truncate(number)
        : throw new TemplateException($"the number {Text(number)} does not fit into a whole number of 64 bits.");

    /// <summary>A whole number in a text, or null.</summary>
    public static long? Parse(string text, int radix)
    {
        var trimmed = PythonText.Trim(text);
        var isNegative = trimmed.StartsWith('-');
        var digits = trimmed.TrimStart('+', '-');
        if (trimmed.Length - digits.Length > 1)
        {
            return null;
        }

        foreach (var (prefix, itsRadix) in (ReadOnlySpan<(string, int)>)[("0x", 16), ("0o", 8), ("0b", 2)])
        {
            if ((radix == itsRadix || radix == 0) && digits.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                (digits, radix) = (digits[2..], itsRadix);
                break;
            }
        }
        radix = radix == 0 ? 10 : radix;
        digits = digits.Replace("_", "", StringComparison.Ordinal);
        if (digits.Length == 0)
        {
            return null;
        }

        var value = 0L;
        foreach (var c in digits)
        {
            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10 : radix;
            if (digit >= radix)
            {
                return null;
            }

            try
            {
                value = checked(value * radix + digit);
            }
            catch (OverflowException)
            {
                throw new TemplateException("a whole number does not fit into 64 bits.");
            }
        }
        return isNegative ? -value : value;
    }
}
