using System.Globalization;
using System.Text;

namespace Plinth.Data.Text.Chat;

/// <summary>Python's two ways to fill values into a text: <c>"%s" % x</c> and <c>"{}".format(x)</c>.</summary>
internal static class PrintfText
{
    public static string Of(string form, object? value, Budget budget)
    {
        var values = value is ListValue { Kind: SequenceKind.Tuple } tuple ? tuple.Items : [value];
        var sink = new TextSink(budget);
        var used = 0;
        for (var at = 0; at < form.Length;)
        {
            var mark = form.IndexOf('%', at);
            if (mark < 0)
            {
                sink.Append(form[at..]);
                break;
            }
            sink.Append(form[at..mark]);
            at = mark + 1;
            string? key = null;
            if (at < form.Length && form[at] == '(')
            {
                var close = form.IndexOf(')', at);
                key = close < 0 ? throw Bad(form) : form[(at + 1)..close];
                at = close + 1;
            }
            var flags = Take(form, ref at, c => c is '-' or '+' or ' ' or '0' or '#');
            var width = Take(form, ref at, char.IsAsciiDigit);
            var precision = at < form.Length && form[at] == '.' ? "0" + Take(form, ref at, c => char.IsAsciiDigit(c) || c == '.').TrimStart('.') : "";
            var kind = at < form.Length ? form[at++] : throw Bad(form);
            if (kind == '%')
            {
                sink.Append("%");
                continue;
            }
            object? next = key is null
                ? used < values.Count ? values[used++] : throw new TemplateException("a text to fill has more places than there are values.")
                : value is MapValue map && map.TryGet(key, out var named) ? named : throw new TemplateException($"there is no value '{key}' to fill in.");
            var spec = (flags.Contains('-') ? "<" : kind is 's' or 'r' || !flags.Contains('0') ? ">" : "")
                + (flags.Contains('+') ? "+" : "") + (flags.Contains('0') && !flags.Contains('-') && kind is not ('s' or 'r') ? "0" : "")
                + width + (precision.Length > 0 ? "." + precision : "");
            sink.Append(kind switch
            {
                's' => Specified(ValueText.Of(next, budget), spec + "s", budget),
                'r' => Specified(ValueText.Form(next, budget), spec + "s", budget),
                'd' or 'i' => Specified(next is double number ? PythonNumbers.Whole(number) : next, spec + "d", budget),
                'f' or 'F' or 'x' or 'X' or 'o' or 'e' or 'g' => Specified(next, spec + kind, budget),
                _ => throw Bad(form),
            });
        }
        return used < values.Count && value is not MapValue && (value is not ListValue list || list.Kind == SequenceKind.Tuple) ? throw new TemplateException("a text to fill has fewer places than there are values.") : sink.ToString();
    }

    public static string Format(string form, Arguments arguments, Budget budget)
    {
        var sink = new TextSink(budget);
        var automatic = 0;
        for (var at = 0; at < form.Length; at++)
        {
            var c = form[at];
            if (c is '{' or '}' && at + 1 < form.Length && form[at + 1] == c)
            {
                sink.Append(c.ToString());
                at++;
            }
            else if (c == '{')
            {
                var close = form.IndexOf('}', at);
                var field = close < 0 ? throw Bad(form) : form[(at + 1)..close];
                at = close;
                var colon = field.IndexOf(':', StringComparison.Ordinal);
                var (name, spec) = colon < 0 ? (field, "") : (field[..colon], field[(colon + 1)..]);
                var isForm = name.EndsWith("!r", StringComparison.Ordinal);
                name = isForm || name.EndsWith("!s", StringComparison.Ordinal) ? name[..^2] : name;
                object? value;
                if (name.Length == 0 || name.All(char.IsAsciiDigit))
                {
                    var index = name.Length == 0 ? automatic++ : name.Length < 9 ? int.Parse(name, CultureInfo.InvariantCulture) : int.MaxValue;
                    value = index < arguments.Positional.Count ? arguments.Positional[index] : throw new TemplateException($"format has no value number {index}.");
                }
                else if (!arguments.Named.TryGetValue(name, out value))
                {
                    throw new TemplateException($"format has no value '{name}'. Attributes and items inside of the braces are not supported.");
                }

                sink.Append(isForm ? Specified(ValueText.Form(value, budget), spec, budget) : Specified(value, spec, budget));
            }
            else if (c == '}')
            {
                throw Bad(form);
            }
            else
            {
                sink.Append(c.ToString());
            }
        }
        return sink.ToString();
    }

    /// <summary>A value in Python's format specification: fill, align, sign, width, separator, precision, kind.</summary>
    private static string Specified(object? value, string spec, Budget budget)
    {
        if (spec.Length == 0)
        {
            return ValueText.Of(value, budget);
        }

        var at = 0;
        var (fill, align) = (' ', ' ');
        if (spec.Length > 1 && spec[1] is '<' or '>' or '^')
        {
            (fill, align, at) = (spec[0], spec[1], 2);
        }
        else if (spec[0] is '<' or '>' or '^')
        {
            (align, at) = (spec[0], 1);
        }

        var sign = at < spec.Length && spec[at] is '+' or ' ' or '-' ? spec[at++] : '-';
        if (at < spec.Length && spec[at] == '0')
        {
            (fill, align) = align == ' ' ? ('0', '=') : (fill, align);
        }

        var width = Number(Take(spec, ref at, char.IsAsciiDigit));
        var separates = Take(spec, ref at, c => c == ',').Length > 0;
        int? precision = null;
        if (at < spec.Length && spec[at] == '.')
        {
            at++;
            precision = Number(Take(spec, ref at, char.IsAsciiDigit));
        }
        var kind = at < spec.Length ? spec[at++] : '\0';
        if (at != spec.Length || precision > 300)
        {
            throw Bad(spec);
        }

        var text = Body(value, kind, precision, separates, budget);
        if (value is not string && sign is '+' or ' ' && !text.StartsWith('-') && value is bool or long or double)
        {
            text = sign + text;
        }

        var missing = (int)(width - PythonText.Length(text));
        if (missing <= 0)
        {
            return text;
        }

        budget.Reserve(width);
        var signed = text.Length > 0 && text[0] is '-' or '+' ? 1 : 0;
        return (align == ' ' ? value is string ? '<' : '>' : align) switch
        {
            '<' => text + new string(fill, missing),
            '^' => new string(fill, missing / 2) + text + new string(fill, missing - missing / 2),
            '=' => text[..signed] + new string(fill, missing) + text[signed..],
            _ => new string(fill, missing) + text,
        };
    }

    private static string Body(object? value, char kind, int? precision, bool separates, Budget budget)
    {
        var text = (kind, value) switch
        {
            ('s' or '\0', string words) => precision is { } most ? PythonText.Slice(words, 0, Math.Min(most, PythonText.Length(words)), 1, budget) : words,
            ('\0', null or bool or ListValue or MapValue) => ValueText.Of(value, budget),
            ('d' or '\0' or 'n', bool or long) => Operators.AsLong(value).ToString(CultureInfo.InvariantCulture),
            ('x', bool or long) => Signed(Operators.AsLong(value), n => n.ToString("x", CultureInfo.InvariantCulture)),
            ('X', bool or long) => Signed(Operators.AsLong(value), n => n.ToString("X", CultureInfo.InvariantCulture)),
            ('o', bool or long) => Signed(Operators.AsLong(value), n => Convert.ToString(n, 8)),
            ('b', bool or long) => Signed(Operators.AsLong(value), n => Convert.ToString(n, 2)),
            ('f' or 'F', bool or long or double) => PythonNumbers.Fixed(Operators.AsDouble(value), precision ?? 6),
            ('%', bool or long or double) => PythonNumbers.Fixed(Operators.AsDouble(value) * 100, precision ?? 6) + "%",
            ('e', bool or long or double) => Exponent(Operators.AsDouble(value), precision ?? 6),
            ('g', bool or long or double) when precision is null or 6 => General(Operators.AsDouble(value)),
            ('\0', double number) when precision is null => PythonNumbers.Text(number),
            _ => throw new TemplateException($"the format '{kind}' does not go with {ValueText.TypeName(value)}."),
        };
        if (!separates)
        {
            return text;
        }

        var digits = text.StartsWith('-') ? 1 : 0;
        var point = text.IndexOf('.', StringComparison.Ordinal) is >= 0 and var found ? found : text.Length;
        var result = new StringBuilder(text);
        for (var i = point - 3; i > digits; i -= 3)
        {
            result.Insert(i, ',');
        }

        return result.ToString();
    }

    private static string Signed(long number, Func<long, string> text) => number < 0 && number != long.MinValue ? "-" + text(-number) : text(number);

    private static string Exponent(double number, int precision)
    {
        var text = number.ToString("e" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var at = text.IndexOf('e', StringComparison.Ordinal);
        return at < 0 ? text : text[..(at + 2)] + text[(at + 2)..].TrimStart('0').PadLeft(2, '0');
    }

    private static string General(double number)
    {
        var text = number.ToString("g6", CultureInfo.InvariantCulture);
        var at = text.IndexOf('e', StringComparison.Ordinal);
        return at < 0 ? text : text[..(at + 2)] + text[(at + 2)..].TrimStart('0').PadLeft(2, '0');
    }

    private static int Number(string digits) => digits.Length == 0 ? 0
        : digits.Length <= 9 ? int.Parse(digits, CultureInfo.InvariantCulture) : throw new TemplateException("a width or precision is too large.");

    private static string Take(string text, ref int at, Func<char, bool> accepts)
    {
        var from = at;
        while (at < text.Length && accepts(text[at]))
        {
            at++;
        }

        return text[from..at];
    }

    private static TemplateException Bad(string form) => new($"'{form[..Math.Min(form.Length, 40)]}' is no form to fill values into.");
}
