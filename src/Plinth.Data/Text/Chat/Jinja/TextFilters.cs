using System.Text;

namespace Plinth.Data.Text.Chat;

/// <summary>Filters that make texts and numbers.</summary>
internal static class TextFilters
{
    public static void AddTo(Dictionary<string, Func<FilterCall, object?>> filters)
    {
        filters["trim"] = c => c.Bind(0, "chars").OptionalText("chars") is var characters ? c.Budget.Made(PythonText.Trim(c.Text, characters)) : null;
        filters["upper"] = c => c.Budget.Made(PythonText.Upper(c.Text));
        filters["lower"] = c => c.Budget.Made(PythonText.Lower(c.Text));
        filters["capitalize"] = c => c.Budget.Made(PythonText.Capitalize(c.Text));
        filters["title"] = c => c.Budget.Made(Title(c.Text));
        filters["string"] = c => c.Text;
        filters["safe"] = c => c.Text;
        filters["replace"] = c =>
        {
            var bound = c.Bind(2, "old", "new", "count");
            return PythonText.Replace(c.Text, ValueText.Of(bound.Value("old"), c.Budget), ValueText.Of(bound.Value("new"), c.Budget), bound.Value("count") is null ? -1 : bound.Number("count"), c.Budget);
        };
        filters["indent"] = Indent;
        filters["center"] = c => Methods.Of(c.Text, "center", c.Budget)!.Call(new([c.Bind(0, "width").Number("width", 80)]));
        filters["format"] = c => c.Arguments.Named.Count == 0
            ? PrintfText.Of(c.Text, new ListValue(c.Arguments.Positional, SequenceKind.Tuple), c.Budget)
            : PrintfText.Of(c.Text, Map(c.Arguments.Named), c.Budget);
        filters["truncate"] = Truncate;
        filters["wordcount"] = c => Words(c.Text);
        filters["striptags"] = c => StripTags(c.Text, c.Budget);
        filters["escape"] = filters["e"] = filters["forceescape"] = c => Escape(c.Text, c.Budget);
        filters["urlencode"] = c => c.Budget.Made(Uri.EscapeDataString(c.Text).Replace("%2F", "/", StringComparison.Ordinal));
        filters["tojson"] = ToJson;
        filters["int"] = Whole;
        filters["float"] = c => c.Value switch
        {
            bool or long or double => Operators.AsDouble(c.Value),
            string text when double.TryParse(PythonText.Trim(text).Replace("_", "", StringComparison.Ordinal), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) => number,
            Undefined missing => throw missing.Error(),
            _ => c.Bind(0, "default").Value("default", 0.0),
        };
        filters["abs"] = c => c.Value switch
        {
            long number => number == long.MinValue ? throw new TemplateException("the number has no absolute value of 64 bits.") : (object)Math.Abs(number),
            bool flag => flag ? 1L : 0L,
            double number => Math.Abs(number),
            _ => throw new TemplateException($"abs takes a number, not {ValueText.TypeName(c.Value)}."),
        };
        filters["round"] = Round;
        filters["default"] = filters["d"] = c =>
        {
            var bound = c.Bind(0, "default_value", "boolean");
            return c.Value is Undefined || (bound.Flag("boolean") && !Operators.IsTrue(c.Value)) ? bound.Value("default_value", "") : c.Value;
        };
        filters["attr"] = c => c.Bind(1, "name").Text("name") is var name && c.Value is MapValue ? Methods.Of(c.Value, name, c.Budget) ?? (object)new Undefined($"a dictionary has no attribute '{name}'") : Access.Attribute(c.Value, name, c.Budget);
    }

    /// <summary>Jinja's title, which unlike Python's keeps letters after an apostrophe small.</summary>
    private static string Title(string text)
    {
        var result = new StringBuilder();
        var begins = true;
        foreach (var c in text)
        {
            result.Append(begins ? char.ToUpperInvariant(c) : char.ToLowerInvariant(c));
            begins = PythonText.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<';
        }
        return result.ToString();
    }

    private static long Words(string text)
    {
        var count = 0L;
        var isInside = false;
        foreach (var c in text)
        {
            var isWord = c == '_' || char.IsLetterOrDigit(c);
            count += isWord && !isInside ? 1 : 0;
            isInside = isWord;
        }
        return count;
    }

    private static string OnlyText(FilterCall call) => call.Value is string or Undefined ? call.Text
        : throw new TemplateException($"the filter '{call.Name}' takes a text, not {ValueText.TypeName(call.Value)}.");

    private static string Indent(FilterCall call)
    {
        var bound = call.Bind(0, "width", "first", "blank");
        var width = bound.Value("width", 4L) is string given ? given
            : bound.Number("width", 4) is var count && count <= 0 ? ""
            : (string)Operators.Binary("*", " ", count, call.Budget)!;
        var lines = PythonText.Lines(OnlyText(call) + "\n", false, call.Budget);
        var sink = new TextSink(call.Budget);
        for (var i = 0; i < lines.Count; i++)
        {
            var line = (string)lines[i]!;
            sink.Append(i > 0 ? "\n" : "").Append(i == 0 ? bound.Flag("first") ? width : "" : bound.Flag("blank") || line.Length > 0 ? width : "").Append(line);
        }
        return sink.ToString();
    }

    private static string Truncate(FilterCall call)
    {
        var bound = call.Bind(0, "length", "killwords", "end", "leeway");
        var (text, length, end) = (OnlyText(call), bound.Number("length", 255), bound.Text("end", "..."));
        if (length < PythonText.Length(end))
        {
            throw new TemplateException("truncate needs a length that has room for its end.");
        }

        if (PythonText.Length(text) <= length + (bound.Value("leeway") is null ? 5 : bound.Number("leeway")))
        {
            return text;
        }

        var kept = PythonText.Slice(text, 0, length - PythonText.Length(end), 1, call.Budget);
        if (!bound.Flag("killwords") && kept.LastIndexOf(' ') is >= 0 and var space)
        {
            kept = kept[..space];
        }

        return kept + end;
    }

    private static string StripTags(string text, Budget budget)
    {
        budget.Reserve(text.Length);
        var result = new StringBuilder();
        for (var at = 0; at < text.Length; at++)
        {
            var isComment = string.CompareOrdinal(text, at, "<!--", 0, 4) == 0;
            var close = text[at] == '<' ? text.IndexOf(isComment ? "-->" : ">", at, StringComparison.Ordinal) : -1;
            if (close < 0)
            {
                result.Append(text[at]);
            }
            else
            {
                at = close + (isComment ? 2 : 0);
            }
        }
        return string.Join(' ', result.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static string Escape(string text, Budget budget)
    {
        var sink = new TextSink(budget);
        foreach (var c in text)
        {
            sink.Append(c switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '\'' => "&#39;", '"' => "&#34;", _ => c.ToString() });
        }

        return sink.ToString();
    }

    private static string ToJson(FilterCall call)
    {
        var bound = call.Bind(0, "ensure_ascii", "indent", "separators", "sort_keys");
        var indent = bound.Value("indent") switch
        {
            null => null,
            string text => text,
            _ => bound.Number("indent") is var width && width <= 0 ? "" : (string)Operators.Binary("*", " ", width, call.Budget)!,
        };
        var (item, key) = (indent is null ? ", " : ",", ": ");
        if (bound.Value("separators") is ListValue { Items: [string itemGiven, string keyGiven] })
        {
            (item, key) = (itemGiven, keyGiven);
        }

        return new JsonText(new(indent, item, key, bound.Flag("sort_keys"), bound.Flag("ensure_ascii")), call.Budget).Of(call.Value);
    }

    private static object? Whole(FilterCall call)
    {
        var bound = call.Bind(0, "default", "base");
        switch (call.Value)
        {
            case bool or long:
                return Operators.AsLong(call.Value);
            case double number when double.IsFinite(number):
                return PythonNumbers.Whole(number);
            case Undefined missing:
                throw missing.Error();
            case string text:
                return PythonNumbers.Parse(text, bound.Count("base", 10))
                    ?? (double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var fraction) && double.IsFinite(fraction)
                        ? PythonNumbers.Whole(fraction) : bound.Value("default", 0L));
            default:
                return bound.Value("default", 0L);
        }
    }

    private static object? Round(FilterCall call)
    {
        var bound = call.Bind(0, "precision", "method");
        var digits = bound.Count("precision");
        if (call.Value is not (bool or long or double))
        {
            throw new TemplateException($"round takes a number, not {ValueText.TypeName(call.Value)}.");
        }

        var number = Operators.AsDouble(call.Value);
        switch (bound.Text("method", "common"))
        {
            case "common":
                return call.Value is double ? (object)PythonNumbers.Round(number, digits) : digits >= 0 ? Operators.AsLong(call.Value) : PythonNumbers.Whole(PythonNumbers.Round(number, digits));
            case "ceil":
                return Math.Ceiling(number * Math.Pow(10, digits)) / Math.Pow(10, digits);
            case "floor":
                return Math.Floor(number * Math.Pow(10, digits)) / Math.Pow(10, digits);
            default:
                throw new TemplateException("round knows the methods common, ceil and floor.");
        }
    }

    private static MapValue Map(IReadOnlyDictionary<string, object?> values)
    {
        var map = new MapValue();
        foreach (var (key, value) in values)
        {
            map.Set(key, value);
        }

        return map;
    }
}
