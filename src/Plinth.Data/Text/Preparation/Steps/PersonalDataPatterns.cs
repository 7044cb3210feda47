using System.Net;
using System.Text.RegularExpressions;

namespace Plinth.Data.Text.Preparation;

/// <summary>How personal data looks, and the checks that tell it from other numbers.</summary>
internal static class PersonalDataPatterns
{
    private const int FewestPhoneDigits = 9, MostPhoneDigits = 15, FewestCardDigits = 13, MostCardDigits = 19;

    private static readonly Regex eMail = new(@"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24}\b", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex iban = new(@"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex card = new(@"\b[0-9](?:[ \-]?[0-9]){12,18}\b", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex address = new(@"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b|\b[0-9A-Fa-f]{1,4}(?::{1,2}[0-9A-Fa-f]{1,4}){3,7}\b", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex phone = new(@"\+[0-9]{1,3}(?:[ ./\-]?\(?[0-9]{1,5}\)?){2,6}\b|\([0-9]{2,5}\)[ \-]?[0-9]{2,5}(?:[ .\-][0-9]{2,5}){1,3}\b|\b0[0-9]{1,5}(?:[ ./\-][0-9]{2,8}){1,4}\b|\b[0-9]{3}[ .\-][0-9]{3}[ .\-][0-9]{4}\b", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>The pattern of what may be such data; none of them goes back in the text, so that time grows with its length alone.</summary>
    public static Regex Of(PersonalDataKind kind) => kind switch
    {
        PersonalDataKind.EMail => eMail,
        PersonalDataKind.Iban => iban,
        PersonalDataKind.CreditCard => card,
        PersonalDataKind.IpAddress => address,
        _ => phone,
    };

    /// <summary>How many characters of what the pattern found are such data; 0 when it is something else.</summary>
    public static int LengthOf(PersonalDataKind kind, ReadOnlySpan<char> found) => kind == PersonalDataKind.Iban ? LengthOfIban(found) : Holds(kind, found) ? found.Length : 0;

    private static bool Holds(PersonalDataKind kind, ReadOnlySpan<char> found) => kind switch
    {
        PersonalDataKind.CreditCard => Digits(found) is >= FewestCardDigits and <= MostCardDigits && HoldsLuhn(found),
        PersonalDataKind.IpAddress => IPAddress.TryParse(found, out _) && (!found.Contains(':') || found.Count(':') >= 3),
        PersonalDataKind.Phone => Digits(found) is >= FewestPhoneDigits and <= MostPhoneDigits,
        _ => true,
    };

    private static int Digits(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var unit in text)
        {
            count += char.IsAsciiDigit(unit) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Luhn 1960: every second digit from the right doubled, the sum of all digits is a multiple of ten.</summary>
    private static bool HoldsLuhn(ReadOnlySpan<char> text)
    {
        var (sum, isDoubled) = (0, false);
        for (var i = text.Length - 1; i >= 0; i--)
        {
            if (char.IsAsciiDigit(text[i]))
            {
                var digit = (text[i] - '0') * (isDoubled ? 2 : 1);
                sum += digit > 9 ? digit - 9 : digit;
                isDoubled = !isDoubled;
            }
        }

        return sum > 0 && sum % 10 == 0;
    }

    /// <summary>The longest piece whose check digits hold; a word in capitals that follows looks like more of the number.</summary>
    private static int LengthOfIban(ReadOnlySpan<char> text)
    {
        for (var length = text.Length; length > 0; length = Math.Max(0, text[..length].LastIndexOf(' ')))
        {
            if (HoldsModulo97(text[..length]))
            {
                return length;
            }
        }

        return 0;
    }

    /// <summary>ISO 13616: country and check digits moved to the end, letters as 10 to 35, the remainder by 97 is 1.</summary>
    private static bool HoldsModulo97(ReadOnlySpan<char> text)
    {
        Span<char> plain = stackalloc char[text.Length];
        var length = 0;
        foreach (var unit in text)
        {
            if (unit != ' ')
            {
                plain[length++] = unit;
            }
        }

        var remainder = 0;
        for (var i = 4; i < length + 4; i++)
        {
            var unit = plain[i % length];
            remainder = char.IsAsciiDigit(unit) ? ((remainder * 10) + unit - '0') % 97 : ((remainder * 100) + unit - 'A' + 10) % 97;
        }

        return length >= 15 && remainder == 1;
    }
}
