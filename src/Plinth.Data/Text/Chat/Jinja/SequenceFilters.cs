namespace Plinth.Data.Text.Chat;

/// <summary>Filters on lists and dictionaries.</summary>
internal static class SequenceFilters
{
    public static void AddTo(Dictionary<string, Func<FilterCall, object?>> filters)
    {
        filters["length"] = filters["count"] = c => Operators.Length(c.Value);
        filters["first"] = c => c.Items is { Count: > 0 } items ? items[0] : new Undefined("the sequence has no first item");
        filters["last"] = c => c.Value is ListValue { Kind: SequenceKind.Generator } ? throw new TemplateException("a generator has no last item; make a list of it.")
            : c.Items is { Count: > 0 } items ? items[^1] : new Undefined("the sequence has no last item");
        filters["list"] = c => new ListValue(c.Items);
        filters["items"] = c => c.Value switch
        {
            MapValue map => Methods.Pairs(map, SequenceKind.Generator, c.Budget),
            Undefined => new ListValue([], SequenceKind.Generator),
            _ => throw new TemplateException($"items takes a dictionary, not {ValueText.TypeName(c.Value)}."),
        };
        filters["join"] = c =>
        {
            var bound = c.Bind(0, "d", "attribute");
            var items = bound.Value("attribute") is { } path ? [.. c.Items.Select(item => Access.Path(item, path, c.Budget))] : c.Items;
            return Methods.Joined(ValueText.Of(bound.Value("d", ""), c.Budget), items, c.Budget, convertsAll: true);
        };
        filters["reverse"] = c => c.Value is string text
            ? PythonText.Slice(text, PythonText.Length(text) - 1, -1, -1, c.Budget)
            : new ListValue([.. c.Items.Reverse()], SequenceKind.Generator);
        filters["map"] = Map;
        filters["select"] = c => Select(c, keeps: true, byAttribute: false);
        filters["reject"] = c => Select(c, keeps: false, byAttribute: false);
        filters["selectattr"] = c => Select(c, keeps: true, byAttribute: true);
        filters["rejectattr"] = c => Select(c, keeps: false, byAttribute: true);
        filters["sort"] = Sort;
        filters["dictsort"] = SortEntries;
        filters["unique"] = Unique;
        filters["min"] = c => Extreme(c, -1);
        filters["max"] = c => Extreme(c, 1);
        filters["sum"] = c =>
        {
            var bound = c.Bind(0, "attribute", "start");
            return c.Items.Aggregate(bound.Value("start", 0L), (sum, item) =>
                Operators.Binary("+", sum, bound.Value("attribute") is { } path ? Access.Path(item, path, c.Budget) : item, c.Budget));
        };
        filters["groupby"] = GroupBy;
        filters["batch"] = Batch;
        filters["slice"] = Cut;
    }

    private static ListValue Map(FilterCall call)
    {
        Func<object?, object?> function;
        if (call.Arguments.Positional.Count == 0)
        {
            var bound = call.Bind(1, "attribute", "default");
            function = item => Access.Path(item, bound.Value("attribute"), call.Budget) is var found && found is Undefined && bound.Has("default") ? bound.Value("default") : found;
        }
        else
        {
            var name = call.Arguments.Positional[0] as string ?? throw new TemplateException("map takes the name of a filter, or attribute=.");
            var rest = new Arguments([.. call.Arguments.Positional.Skip(1)], call.Arguments.Named);
            function = item => Filters.Apply(name, item, rest, call.Budget);
        }
        return new([.. Walked(call).Select(function)], SequenceKind.Generator);
    }

    private static ListValue Select(FilterCall call, bool keeps, bool byAttribute)
    {
        var given = call.Arguments.Positional;
        var skipped = byAttribute ? 1 : 0;
        if (given.Count < skipped)
        {
            throw new TemplateException($"the filter '{call.Name}' lacks the name of the attribute.");
        }

        var rest = new Arguments([.. given.Skip(skipped + 1)], call.Arguments.Named);
        bool Holds(object? item)
        {
            call.Budget.Step();
            var value = byAttribute ? Access.Path(item, given[0], call.Budget) : item;
            return given.Count == skipped ? Operators.IsTrue(value)
                : Tests.Holds(given[skipped] as string ?? throw new TemplateException($"the filter '{call.Name}' takes the name of a test."), value, rest, call.Budget);
        }
        return new([.. Walked(call).Where(item => Holds(item) == keeps)], SequenceKind.Generator);
    }

    /// <summary>These filters take whatever is false for an empty list.</summary>
    private static IReadOnlyList<object?> Walked(FilterCall call) => Operators.IsTrue(call.Value) ? call.Items : [];

    private static object? Key(object? value, bool isCaseSensitive) => value is string text && !isCaseSensitive ? PythonText.Lower(text) : value;

    private static ListValue Sort(FilterCall call)
    {
        var bound = call.Bind(0, "reverse", "case_sensitive", "attribute");
        var paths = bound.Value("attribute") is string names ? names.Split(',') : bound.Value("attribute") is { } one ? new[] { one } : [];
        object? Of(object? item) => paths.Length == 0 ? Key(item, bound.Flag("case_sensitive"))
            : new ListValue([.. paths.Select(path => Key(Access.Path(item, path, call.Budget), bound.Flag("case_sensitive")))]);
        var keyed = call.Items.Select(item => (Item: item, Key: Of(item))).ToList();
        return new([.. Operators.Sorted(keyed, (a, b) => Operators.Compare(a.Key, b.Key, call.Budget), bound.Flag("reverse")).Select(pair => pair.Item)]);
    }

    private static ListValue SortEntries(FilterCall call)
    {
        var bound = call.Bind(0, "case_sensitive", "by", "reverse");
        var place = bound.Text("by", "key") switch { "key" => 0, "value" => 1, _ => throw new TemplateException("dictsort sorts by 'key' or by 'value'.") };
        var map = call.Value as MapValue ?? throw new TemplateException($"dictsort takes a dictionary, not {ValueText.TypeName(call.Value)}.");
        object? Of(object? pair) => Key(((ListValue)pair!).Items[place], bound.Flag("case_sensitive"));
        var pairs = Methods.Pairs(map, SequenceKind.List, call.Budget).Items;
        return new([.. Operators.Sorted(pairs, (a, b) => Operators.Compare(Of(a), Of(b), call.Budget), bound.Flag("reverse"))]);
    }

    private static ListValue Unique(FilterCall call)
    {
        var bound = call.Bind(0, "case_sensitive", "attribute");
        List<object?> kept = [], keys = [];
        foreach (var item in call.Items)
        {
            var key = Key(bound.Value("attribute") is { } path ? Access.Path(item, path, call.Budget) : item, bound.Flag("case_sensitive"));
            if (keys.Any(known => Operators.AreEqual(known, key, call.Budget)))
            {
                continue;
            }

            keys.Add(key);
            kept.Add(item);
        }
        return new(kept, SequenceKind.Generator);
    }

    private static object? Extreme(FilterCall call, int sign)
    {
        var bound = call.Bind(0, "case_sensitive", "attribute");
        object? Of(object? item) => Key(bound.Value("attribute") is { } path ? Access.Path(item, path, call.Budget) : item, bound.Flag("case_sensitive"));
        var items = call.Items;
        return items.Count == 0 ? new Undefined("the sequence has no item")
            : items.Aggregate((best, item) => Operators.Compare(Of(item), Of(best), call.Budget) * sign > 0 ? item : best);
    }

    private static ListValue GroupBy(FilterCall call)
    {
        var bound = call.Bind(1, "attribute", "default", "case_sensitive");
        object? Of(object? item) => Access.Path(item, bound.Value("attribute"), call.Budget) is var found && found is Undefined && bound.Has("default") ? bound.Value("default") : found;
        List<object?> groups = [];
        var keyed = call.Items.Select(item => (Item: item, Value: Of(item))).ToList();
        var sorted = Operators.Sorted(keyed, (a, b) => Operators.Compare(Key(a.Value, bound.Flag("case_sensitive")), Key(b.Value, bound.Flag("case_sensitive")), call.Budget)).ToList();
        for (int i = 0, next; i < sorted.Count; i = next)
        {
            next = i + 1;
            while (next < sorted.Count && Operators.AreEqual(Key(sorted[next].Value, bound.Flag("case_sensitive")), Key(sorted[i].Value, bound.Flag("case_sensitive")), call.Budget))
            {
                next++;
            }

            groups.Add(new ListValue([sorted[i].Value, new ListValue([.. sorted[i..next].Select(pair => pair.Item)])], SequenceKind.Tuple));
        }
        return new(groups);
    }

    private static ListValue Batch(FilterCall call)
    {
        var bound = call.Bind(1, "linecount", "fill_with");
        var width = bound.Count("linecount");
        if (width <= 0)
        {
            throw new TemplateException("batch needs at least one item for each row.");
        }

        var rows = call.Items.Chunk(width).Select(row => row.ToList()).ToList();
        if (rows.Count > 0 && bound.Value("fill_with") is { } fill)
        {
            call.Budget.Step(width - rows[^1].Count);
            rows[^1].AddRange(Enumerable.Repeat<object?>(fill, width - rows[^1].Count));
        }
        return new([.. rows.Select(row => new ListValue(row))], SequenceKind.Generator);
    }

    private static ListValue Cut(FilterCall call)
    {
        var bound = call.Bind(1, "slices", "fill_with");
        var (items, count) = (call.Items, bound.Count("slices"));
        if (count <= 0)
        {
            throw new TemplateException("slice needs at least one slice.");
        }

        call.Budget.Step(count);
        var (each, more) = (items.Count / count, items.Count % count);
        List<object?> slices = [];
        for (int i = 0, at = 0; i < count; i++)
        {
            var size = each + (i < more ? 1 : 0);
            List<object?> slice = [.. items.Skip(at).Take(size)];
            at += size;
            if (bound.Value("fill_with") is { } fill && i >= more)
            {
                slice.Add(fill);
            }

            slices.Add(new ListValue(slice));
        }
        return new(slices, SequenceKind.Generator);
    }
}
