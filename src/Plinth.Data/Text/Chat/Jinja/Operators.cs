namespace Plinth.Data.Text.Chat;

/// <summary>What operators do with values; as in Python, and with its refusals.</summary>
internal static class Operators
{
    public static bool IsTrue(object? value) => value switch
    {
        null or Undefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        ListValue { Kind: SequenceKind.Generator } => true,
        ListValue list => list.Items.Count > 0,
        MapValue map => map.Count > 0,
        _ => true,
    };

    /// <summary>The items of what can be walked through.</summary>
    public static IReadOnlyList<object?> Items(object? value, Budget budget)
    {
        switch (value)
        {
            case ListValue { Kind: SequenceKind.Generator } generator:
                var items = generator.IsRead ? [] : generator.Items;
                generator.IsRead = true;
                return items;
            case ListValue list:
                return list.Items;
            case MapValue map:
                budget.Step(map.Count);
                return [.. map.Keys];
            case string text:
                return PythonText.Characters(text, budget);
            case Undefined:
                return [];
            default:
                throw new TemplateException($"{ValueText.TypeName(value)} cannot be walked through.");
        }
    }

    public static long Length(object? value) => value switch
    {
        string text => PythonText.Length(text),
        ListValue { HasLength: true } list => list.Items.Count,
        MapValue map => map.Count,
        Undefined => 0,
        _ => throw new TemplateException($"{ValueText.TypeName(value)} has no length."),
    };

    public static bool AreEqual(object? a, object? b, Budget budget)
    {
        Budget.CheckStack();
        budget.Step();
        switch (a, b)
        {
            case (null, null):
                return true;
            case (string x, string y):
                budget.Scan(Math.Min(x.Length, y.Length));
                return x == y;
            case (ListValue x, ListValue y):
                if (ReferenceEquals(x, y))
                {
                    return true;
                }

                if (x.Kind != y.Kind || x.Kind == SequenceKind.Generator || x.Items.Count != y.Items.Count)
                {
                    return false;
                }

                for (var i = 0; i < x.Items.Count; i++)
                {
                    if (!AreEqual(x.Items[i], y.Items[i], budget))
                    {
                        return false;
                    }
                }
                return true;
            case (MapValue x, MapValue y):
                return ReferenceEquals(x, y) || (x.Count == y.Count && x.Entries.All(entry => y.TryGet(entry.Key, out var other) && AreEqual(entry.Value, other, budget)));
            case (Undefined, Undefined):
                return true;
            case (bool or long, bool or long):
                return AsLong(a) == AsLong(b);
            case (bool or long or double, bool or long or double):
                return AsDouble(a) == AsDouble(b);
            default:
                return ReferenceEquals(a, b) && a is not null;
        }
    }

    public static int Compare(object? a, object? b, Budget budget)
    {
        Budget.CheckStack();
        budget.Step();
        switch (a, b)
        {
            case (string x, string y):
                return PythonText.Compare(x, y, budget);
            case (bool or long, bool or long):
                return AsLong(a).CompareTo(AsLong(b));
            case (bool or long or double, bool or long or double):
                return AsDouble(a).CompareTo(AsDouble(b));
            case (ListValue x, ListValue y) when x.Kind == y.Kind && x.Kind is SequenceKind.List or SequenceKind.Tuple:
                for (var i = 0; i < Math.Min(x.Items.Count, y.Items.Count); i++)
                {
                    if (!AreEqual(x.Items[i], y.Items[i], budget))
                    {
                        return Compare(x.Items[i], y.Items[i], budget);
                    }
                }
                return x.Items.Count.CompareTo(y.Items.Count);
            default:
                throw (a as Undefined ?? b as Undefined)?.Error() ?? new TemplateException($"{ValueText.TypeName(a)} and {ValueText.TypeName(b)} have no order.");
        }
    }

    public static bool Contains(object? container, object? value, Budget budget)
    {
        switch (container)
        {
            case string text:
                return value is string part ? PythonText.Find(text, part, 0, budget) >= 0 : throw new TemplateException($"{ValueText.TypeName(value)} cannot be in a text.");
            case MapValue map:
                return map.TryGet(value, out _);
            case ListValue or Undefined:
                return Items(container, budget).Any(item => AreEqual(item, value, budget));
            default:
                throw new TemplateException($"nothing can be in {ValueText.TypeName(container)}.");
        }
    }

    /// <summary>Sorts and keeps the order of equals.</summary>
    public static IEnumerable<T> Sorted<T>(IReadOnlyList<T> items, Comparison<T> compare, bool isReversed = false)
    {
        try
        {
            var order = Comparer<T>.Create(isReversed ? (a, b) => compare(b, a) : compare);
            return items.OrderBy(item => item, order).ToList();
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateException inner)
        {
            throw inner;
        }
    }

    public static object? Binary(string sign, object? a, object? b, Budget budget)
    {
        try
        {
            return (sign, a, b) switch
            {
                (_, Undefined missing, _) => throw missing.Error(),
                ("%", string form, _) => PrintfText.Of(form, b, budget),
                (_, _, Undefined missing) => throw missing.Error(),
                ("+", string x, string y) => Concatenated(x, y, budget),
                ("+", ListValue { Kind: SequenceKind.List or SequenceKind.Tuple } x, ListValue y) when x.Kind == y.Kind => Concatenated(x, y, budget),
                ("*", string x, bool or long) => Repeated(x, AsLong(b), budget),
                ("*", bool or long, string y) => Repeated(y, AsLong(a), budget),
                ("*", ListValue { Kind: SequenceKind.List or SequenceKind.Tuple } x, bool or long) => Repeated(x, AsLong(b), budget),
                ("*", bool or long, ListValue { Kind: SequenceKind.List or SequenceKind.Tuple } y) => Repeated(y, AsLong(a), budget),
                ("/", bool or long or double, bool or long or double) => AsDouble(b) == 0 ? throw Zero() : AsDouble(a) / AsDouble(b),
                ("**", bool or long, bool or long) when AsLong(b) >= 0 => Power(AsLong(a), AsLong(b)),
                ("**", bool or long or double, bool or long or double) => Math.Pow(AsDouble(a), AsDouble(b)),
                (_, bool or long, bool or long) => (object)Whole(sign, AsLong(a), AsLong(b)),
                (_, bool or long or double, bool or long or double) => Fraction(sign, AsDouble(a), AsDouble(b)),
                _ => throw new TemplateException($"'{sign}' does not go with {ValueText.TypeName(a)} and {ValueText.TypeName(b)}."),
            };
        }
        catch (OverflowException)
        {
            throw new TemplateException($"the result of '{sign}' does not fit into 64 bits.");
        }
    }

    public static object? Negative(object? value) => value switch
    {
        long number and not long.MinValue => (object)-number,
        bool flag => flag ? -1L : 0L,
        double number => -number,
        Undefined missing => throw missing.Error(),
        _ => throw new TemplateException($"{ValueText.TypeName(value)} has no negative."),
    };

    public static long AsLong(object? value) => value is bool flag ? (flag ? 1 : 0) : (long)value!;

    public static double AsDouble(object? value) => value switch { bool flag => flag ? 1 : 0, long number => number, _ => (double)value! };

    private static string Concatenated(string a, string b, Budget budget)
    {
        budget.Reserve((long)a.Length + b.Length);
        return a + b;
    }

    private static ListValue Concatenated(ListValue a, ListValue b, Budget budget)
    {
        budget.Reserve(4L * (a.Items.Count + b.Items.Count));
        budget.Step(a.Items.Count + b.Items.Count);
        return new([.. a.Items, .. b.Items], a.Kind);
    }

    private static string Repeated(string text, long count, Budget budget)
    {
        if (count <= 0 || text.Length == 0)
        {
            return "";
        }

        budget.Reserve(count > int.MaxValue ? long.MaxValue / 4 : text.Length * count);
        return string.Concat(Enumerable.Repeat(text, (int)count));
    }

    private static ListValue Repeated(ListValue list, long count, Budget budget)
    {
        count = Math.Max(0, count);
        budget.Reserve(count > int.MaxValue ? long.MaxValue / 4 : 4L * list.Items.Count * count);
        budget.Step(count > int.MaxValue ? long.MaxValue / 4 : list.Items.Count * count);
        return new([.. Enumerable.Repeat(list.Items, list.Items.Count == 0 ? 0 : (int)count).SelectMany(items => items)], list.Kind);
    }

    private static long Whole(string sign, long a, long b) => sign switch
    {
        "+" => checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        "//" or "%" when b == 0 => throw Zero(),
        "//" => b == -1 ? checked(-a) : a / b - ((a % b != 0) && (a < 0 != b < 0) ? 1 : 0),
        _ => b == -1 ? 0L : a % b is var rest && rest != 0 && rest < 0 != b < 0 ? rest + b : rest,
    };

    private static double Fraction(string sign, double a, double b) => sign switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "//" or "%" when b == 0 => throw Zero(),
        "//" => Math.Floor(a / b),
        _ => (a % b) is var rest && rest != 0 && rest < 0 != b < 0 ? rest + b : rest,
    };

    private static long Power(long a, long exponent)
    {
        var result = 1L;
        for (; exponent > 0 && a is not (0 or 1 or -1); exponent--)
        {
            result = checked(result * a);
        }

        return exponent == 0 ? result : a == 0 ? 0L : a == 1 || exponent % 2 == 0 ? 1L : -1L;
    }

    private static TemplateException Zero() => new("division by zero.");
}
