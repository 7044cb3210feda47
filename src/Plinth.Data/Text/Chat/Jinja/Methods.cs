using System.Globalization;

namespace Plinth.Data.Text.Chat;

/// <summary>The methods that texts, dictionaries and lists have in the sandbox. None of them changes its object.</summary>
internal static class Methods
{
    public static Callable? Of(object? value, string name, Budget budget)
    {
        Func<Arguments, object?>? method = value switch
        {
            string text => OfText(text, name, budget),
            MapValue map => OfMap(map, name, budget),
            ListValue { HasIndex: true } list => OfList(list, name, budget),
            _ => null,
        };
        return method is null ? null : new(name, method);
    }

    private static Func<Arguments, object?>? OfText(string text, string name, Budget budget) => name switch
    {
        "strip" or "lstrip" or "rstrip" => a => budget.Made(PythonText.Trim(text, a.Bind(name, 0, "chars").OptionalText("chars"), name != "rstrip", name != "lstrip")),
        "split" or "rsplit" => a =>
        {
            var bound = a.Bind(name, 0, "sep", "maxsplit");
            return new ListValue(PythonText.Split(text, bound.OptionalText("sep"), bound.Number("maxsplit", -1), name == "rsplit", budget));
        },
        "splitlines" => a => new ListValue(PythonText.Lines(text, a.Bind(name, 0, "keepends").Flag("keepends"), budget)),
        "startswith" or "endswith" => a => Edges(text, name, a, budget),
        "replace" => a =>
        {
            var bound = a.Bind(name, 2, "old", "new", "count");
            return PythonText.Replace(text, bound.Text("old"), bound.Text("new"), bound.Number("count", -1), budget);
        },
        "upper" => a => Plain(a, name, budget.Made(PythonText.Upper(text))),
        "lower" or "casefold" => a => Plain(a, name, budget.Made(PythonText.Lower(text))),
        "title" => a => Plain(a, name, budget.Made(PythonText.Title(text))),
        "capitalize" => a => Plain(a, name, budget.Made(PythonText.Capitalize(text))),
        "swapcase" => a => Plain(a, name, budget.Made(string.Concat(text.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))))),
        "join" => a => Joined(text, Operators.Items(a.Bind(name, 1, "iterable").Value("iterable"), budget), budget),
        "format" => a => PrintfText.Format(text, a, budget),
        "find" or "rfind" or "index" or "rindex" => a => Place(text, name, a.Bind(name, 1, "sub").Text("sub"), budget),
        "count" => a => a.Bind(name, 1, "sub").Text("sub") is { Length: > 0 } part ? PythonText.Places(text, part, long.MaxValue, budget).Count : PythonText.Length(text) + 1,
        "removeprefix" => a => a.Bind(name, 1, "prefix").Text("prefix") is var prefix && text.StartsWith(prefix, StringComparison.Ordinal) ? budget.Made(text[prefix.Length..]) : text,
        "removesuffix" => a => a.Bind(name, 1, "suffix").Text("suffix") is var suffix && suffix.Length > 0 && text.EndsWith(suffix, StringComparison.Ordinal) ? budget.Made(text[..^suffix.Length]) : text,
        "partition" or "rpartition" => a => Partition(text, a.Bind(name, 1, "sep").Text("sep"), name == "rpartition", budget),
        "ljust" or "rjust" or "center" or "zfill" => a => Widened(text, name, a, budget),
        "isdigit" or "isdecimal" or "isnumeric" => a => Plain(a, name, text.Length > 0 && text.All(name == "isnumeric" ? char.IsNumber : char.IsDigit)),
        "isalpha" => a => Plain(a, name, text.Length > 0 && text.All(char.IsLetter)),
        "isalnum" => a => Plain(a, name, text.Length > 0 && text.All(char.IsLetterOrDigit)),
        "isspace" => a => Plain(a, name, text.Length > 0 && PythonText.IsSpace(text)),
        "isupper" => a => Plain(a, name, text.Any(char.IsUpper) && !text.Any(char.IsLower)),
        "islower" => a => Plain(a, name, text.Any(char.IsLower) && !text.Any(char.IsUpper)),
        "isascii" => a => Plain(a, name, System.Text.Ascii.IsValid(text)),
        _ => null,
    };

    private static Func<Arguments, object?>? OfMap(MapValue map, string name, Budget budget) => name switch
    {
        "get" => a =>
        {
            var bound = a.Bind(name, 1, "key", "default");
            return map.TryGet(bound.Value("key"), out var value) ? value : bound.Value("default");
        },
        "keys" => a => Plain(a, name, new ListValue([.. map.Keys], SequenceKind.View)),
        "values" => a => Plain(a, name, new ListValue([.. map.Values], SequenceKind.View)),
        "items" => a => Plain(a, name, Pairs(map, SequenceKind.View, budget)),
        "copy" => a => Plain(a, name, map),
        "update" or "pop" or "popitem" or "clear" or "setdefault" => throw Changes(name),
        _ => null,
    };

    private static Func<Arguments, object?>? OfList(ListValue list, string name, Budget budget) => name switch
    {
        "index" => a => (long)(list.Items.Select((item, i) => (item, i)).FirstOrDefault(p => Operators.AreEqual(p.item, a.Bind(name, 1, "value").Value("value"), budget), (null, -1)).i is >= 0 and var at
            ? at : throw new TemplateException("the value is not in the list.")),
        "count" => a => (long)list.Items.Count(item => Operators.AreEqual(item, a.Bind(name, 1, "value").Value("value"), budget)),
        "copy" => a => Plain(a, name, list),
        "append" or "extend" or "insert" or "remove" or "pop" or "clear" or "sort" or "reverse" => throw Changes(name),
        _ => null,
    };

    public static ListValue Pairs(MapValue map, SequenceKind kind, Budget budget)
    {
        budget.Step(map.Count);
        return new([.. map.Entries.Select(object? (entry) => new ListValue([entry.Key, entry.Value], SequenceKind.Tuple))], kind);
    }

    public static string Joined(string separator, IReadOnlyList<object?> items, Budget budget, bool convertsAll = false)
    {
        var sink = new TextSink(budget);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
            {
                sink.Append(separator);
            }

            sink.Append(convertsAll ? ValueText.Of(items[i], budget)
                : items[i] as string ?? throw new TemplateException($"join takes texts; item {i} is {ValueText.TypeName(items[i])}."));
        }
        return sink.ToString();
    }

    private static T Plain<T>(Arguments arguments, string name, T value)
    {
        arguments.Bind(name, 0);
        return value;
    }

    private static TemplateException Changes(string name) => new($"'{name}' would change its object, which a template may not.");

    private static bool Edges(string text, string name, Arguments arguments, Budget budget)
    {
        var bound = arguments.Bind(name, 1, "prefix", "start", "end");
        if (bound.Has("start"))
        {
            var length = PythonText.Length(text);
            long Clip(long at) => Math.Clamp(at < 0 ? at + length : at, 0, length);
            text = PythonText.Slice(text, Clip(bound.Number("start")), Clip(bound.Number("end", length)), 1, budget);
        }
        var candidates = bound.Value("prefix") is ListValue { Kind: SequenceKind.Tuple } several ? several.Items : [bound.Value("prefix")];
        return candidates.Any(one => one is not string part ? throw new TemplateException($"{name} takes a text or a tuple of texts, not {ValueText.TypeName(one)}.")
            : name == "startswith" ? text.StartsWith(part, StringComparison.Ordinal) : text.EndsWith(part, StringComparison.Ordinal));
    }

    private static long Place(string text, string name, string part, Budget budget)
    {
        int at;
        if (name[0] == 'r')
        {
            var places = PythonText.Places(text, part, long.MaxValue, budget);
            at = part.Length == 0 ? text.Length : places.Count == 0 ? -1 : text.LastIndexOf(part, StringComparison.Ordinal);
        }
        else
        {
            at = PythonText.Find(text, part, 0, budget);
        }

        return at < 0 ? name.EndsWith("index", StringComparison.Ordinal) ? throw new TemplateException($"the text does not hold '{part}'.") : -1L : PythonText.Length(text[..at]);
    }

    private static ListValue Partition(string text, string separator, bool fromRight, Budget budget)
    {
        if (separator.Length == 0)
        {
            throw new TemplateException("partition needs a separator that is not empty.");
        }

        var parts = PythonText.Split(text, separator, 1, fromRight, budget);
        return new(parts.Count == 2 ? [parts[0], separator, parts[1]] : fromRight ? ["", "", text] : [text, "", ""], SequenceKind.Tuple);
    }

    private static string Widened(string text, string name, Arguments arguments, Budget budget)
    {
        var bound = arguments.Bind(name, 1, "width", "fillchar");
        var missing = bound.Number("width") - PythonText.Length(text);
        if (missing <= 0)
        {
            return text;
        }

        budget.Reserve(bound.Number("width"));
        var count = (int)missing;
        var fill = name == "zfill" ? '0' : bound.Text("fillchar", " ") is [var only] ? only : throw new TemplateException($"{name} fills with one character.");
        var signed = name == "zfill" && text.Length > 0 && text[0] is '-' or '+' ? 1 : 0;
        var left = name == "ljust" ? 0 : name == "center" ? count / 2 + (count & (int)bound.Number("width") & 1) : count;
        return text[..signed] + new string(fill, left) + text[signed..] + new string(fill, count - left);
    }
}
