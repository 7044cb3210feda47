using System.Globalization;

namespace Plinth.Data.Text.Chat;

/// <summary>What a dot and brackets give. There is no way from a value to its host: names with two underscores are refused.</summary>
internal static class Access
{
    /// <summary><c>value.name</c>: a method first, then a key.</summary>
    public static object? Attribute(object? value, string name, Budget budget)
    {
        RefuseHidden(name);
        return value is Undefined missing ? throw missing.Error()
            : Member(value, name, budget) is { Found: true } member ? member.Value
            : value is MapValue map && map.TryGet(name, out var item) ? item
            : Missing(value, name);
    }

    /// <summary><c>value[key]</c>: a key first, then a method.</summary>
    public static object? Item(object? value, object? key, Budget budget)
    {
        switch (value, key)
        {
            case (Undefined missing, _):
                throw missing.Error();
            case (MapValue map, _) when map.TryGet(key, out var item):
                return item;
            case (ListValue { HasIndex: true } list, long or bool):
                var index = Operators.AsLong(key);
                index += index < 0 ? list.Items.Count : 0;
                return index >= 0 && index < list.Items.Count ? list.Items[(int)index] : new Undefined($"the list has no item {Operators.AsLong(key)}");
            case (string text, long or bool):
                return PythonText.At(text, Operators.AsLong(key), budget) ?? (object)new Undefined($"the text has no character {Operators.AsLong(key)}");
        }
        if (key is string name)
        {
            RefuseHidden(name);
            return Member(value, name, budget) is { Found: true } member ? member.Value : Missing(value, name);
        }
        return new Undefined($"{ValueText.TypeName(value)} has no item of that key");
    }

    public static object? Slice(object? value, object? start, object? stop, object? step, Budget budget)
    {
        if (value is Undefined missing)
        {
            throw missing.Error();
        }

        var items = value is ListValue { HasIndex: true } list ? list : null;
        if (items is null && value is not string)
        {
            throw new TemplateException($"{ValueText.TypeName(value)} cannot be cut by a slice.");
        }

        var by = Bound(step) ?? 1;
        if (by == 0)
        {
            throw new TemplateException("the step of a slice cannot be 0.");
        }

        var length = items?.Items.Count ?? PythonText.Length((string)value!);
        var (lowest, highest) = by > 0 ? (0L, length) : (-1L, length - 1);
        long Clip(long at) => Math.Clamp(at < 0 ? at + length : at, lowest, highest);
        var from = Bound(start) is { } first ? Clip(first) : by > 0 ? 0 : highest;
        var to = Bound(stop) is { } last ? Clip(last) : by > 0 ? length : -1;
        if (value is string text)
        {
            return PythonText.Slice(text, from, to, by, budget);
        }

        List<object?> taken = [];
        for (var i = from; by > 0 ? i < to : i > to; i += by)
        {
            budget.Step();
            taken.Add(items!.Items[(int)i]);
            if (Math.Abs(by) > length)
            {
                break;
            }
        }
        return new ListValue(taken, items!.Kind == SequenceKind.Tuple ? SequenceKind.Tuple : SequenceKind.List);
    }

    /// <summary>A way through attributes and items, for example <c>function.name</c> or <c>0.role</c>.</summary>
    public static object? Path(object? value, object? path, Budget budget)
    {
        if (path is not string names)
        {
            return Item(value, path, budget);
        }

        foreach (var part in names.Split('.'))
        {
            value = Item(value, part.Length is > 0 and < 10 && part.All(char.IsAsciiDigit) ? long.Parse(part, CultureInfo.InvariantCulture) : part, budget);
        }
        return value;
    }

    private static (bool Found, object? Value) Member(object? value, string name, Budget budget)
    {
        switch (value)
        {
            case IAttributes attributes:
                return (attributes.TryGet(name, out var attribute), attribute);
            case NamespaceValue space:
                return (space.Attributes.TryGetValue(name, out var set), set);
            case Callable function:
                return (function.Attributes.TryGetValue(name, out var known), known);
            default:
                var method = Methods.Of(value, name, budget);
                return (method is not null, method);
        }
    }

    private static void RefuseHidden(string name)
    {
        if (name.StartsWith("__", StringComparison.Ordinal))
        {
            throw new TemplateException($"the attribute '{name[..Math.Min(name.Length, 40)]}' reaches for the host, which a template may not.");
        }
    }

    private static Undefined Missing(object? value, string name) => new($"{ValueText.TypeName(value)} has no attribute '{name[..Math.Min(name.Length, 80)]}'");

    private static long? Bound(object? value) => value switch
    {
        null => null,
        long number => Math.Clamp(number, -int.MaxValue, int.MaxValue),
        bool flag => flag ? 1 : 0,
        _ => throw new TemplateException($"a slice takes whole numbers, not {ValueText.TypeName(value)}."),
    };
}
