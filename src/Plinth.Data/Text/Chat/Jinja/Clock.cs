using System.Globalization;
using System.Text;

namespace Plinth.Data.Text.Chat;

/// <summary>Writes times as C's <c>strftime</c> does, in English.</summary>
internal static class Clock
{
    public static string Format(DateTime time, string form)
    {
        var result = new StringBuilder();
        for (var i = 0; i < form.Length; i++)
        {
            if (form[i] != '%' || i + 1 == form.Length)
            {
                result.Append(form[i]);
                continue;
            }
            var code = form[++i];
            var bare = code == '-' && i + 1 < form.Length;
            if (bare)
            {
                code = form[++i];
            }

            var text = One(time, code) ?? throw new TemplateException($"strftime_now does not know '%{code}'.");
            result.Append(bare ? text.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0" : text);
        }
        return result.ToString();
    }

    private static string? One(DateTime time, char code) => code switch
    {
        'Y' => Of(time, "yyyy"),
        'y' => Of(time, "yy"),
        'm' => Of(time, "MM"),
        'd' => Of(time, "dd"),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'H' => Of(time, "HH"),
        'I' => Of(time, "hh"),
        'M' => Of(time, "mm"),
        'S' => Of(time, "ss"),
        'f' => Of(time, "ffffff"),
        'p' => Of(time, "tt"),
        'A' => Of(time, "dddd"),
        'a' => Of(time, "ddd"),
        'B' => Of(time, "MMMM"),
        'b' or 'h' => Of(time, "MMM"),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'F' => Of(time, "yyyy-MM-dd"),
        'T' => Of(time, "HH:mm:ss"),
        'R' => Of(time, "HH:mm"),
        'D' or 'x' => Of(time, "MM/dd/yy"),
        'X' => Of(time, "HH:mm:ss"),
        'c' => $"{Of(time, "ddd MMM")} {time.Day,2} {Of(time, "HH:mm:ss yyyy")}",
        'n' => "\n",
        't' => "\t",
        'z' or 'Z' => "",
        '%' => "%",
        _ => null,
    };

    private static string Of(DateTime time, string form) => time.ToString(form, CultureInfo.InvariantCulture);
}
