namespace Plinth.Data.Text.Chat;

/// <summary>The functions that a template finds.</summary>
internal static class Globals
{
    // The reference's sandbox has the same limit.
    private const long LongestRange = 100_000;

    public static void AddTo(Scope scope, TimeProvider time, Budget budget)
    {
        Add("range", Range);
        Add("dict", a =>
        {
            var map = new MapValue();
            Fill(a.Positional, (key, value) => map.Set(key, value), budget);
            foreach (var (key, value) in a.Named)
            {
                map.Set(key, value);
            }

            return map;
        });
        Add("namespace", a =>
        {
            var space = new NamespaceValue();
            Fill(a.Positional, (key, value) => space.Attributes[key as string ?? throw new TemplateException("a namespace takes names that are texts.")] = value, budget);
            foreach (var (key, value) in a.Named)
            {
                space.Attributes[key] = value;
            }

            return space;
        });
        Add("raise_exception", a => throw new TemplateException($"the template refuses the messages: {ValueText.Of(a.Bind("raise_exception", 1, "message").Value("message"), budget)}") { IsRefusal = true });
        Add("strftime_now", a => Clock.Format(time.GetLocalNow().DateTime, a.Bind("strftime_now", 1, "format").Text("format")));
        Add("joiner", a => Joiner(a.Bind("joiner", 0, "sep").Text("sep", ", ")));
        Add("cycler", a => new Cycler(a.Positional));

        void Add(string name, Func<Arguments, object?> call) => scope.Set(name, new Callable(name, call));
    }

    private static ListValue Range(Arguments arguments)
    {
        var given = arguments.Bind("range", 1, "start", "stop", "step");
        var (start, stop) = given.Has("stop") ? (given.Number("start"), given.Number("stop")) : (0, given.Number("start"));
        var step = given.Number("step", 1);
        if (step == 0)
        {
            throw new TemplateException("range cannot go in steps of 0.");
        }

        var distance = step > 0 ? (decimal)stop - start : (decimal)start - stop;
        var count = distance <= 0 ? 0 : Math.Ceiling(distance / Math.Abs((decimal)step));
        return count > LongestRange
            ? throw new TemplateException($"range gives at most {LongestRange:N0} numbers.")
            : new(new RangeItems(start, stop, step, (int)count), SequenceKind.Range);
    }

    private static void Fill(IReadOnlyList<object?> positional, Action<object?, object?> set, Budget budget)
    {
        foreach (var given in positional)
        {
            if (given is MapValue map)
            {
                foreach (var (key, value) in map.Entries)
                {
                    set(key, value);
                }

                continue;
            }
            foreach (var pair in Operators.Items(given, budget))
            {
                if (pair is not ListValue { Items: [var key, var value] })
                {
                    throw new TemplateException("a dictionary is made of pairs.");
                }

                set(key, value);
            }
        }
    }

    private static Callable Joiner(string separator)
    {
        var isFirst = true;
        return new("joiner", _ =>
        {
            var text = isFirst ? "" : separator;
            isFirst = false;
            return text;
        });
    }

    private sealed class Cycler(IReadOnlyList<object?> items) : IAttributes
    {
        private int at;

        public bool TryGet(string name, out object? value)
        {
            value = name switch
            {
                "current" => items.Count > 0 ? items[at] : null,
                "next" => new Callable("next", _ =>
                {
                    var current = items.Count > 0 ? items[at] : throw new TemplateException("cycler has nothing to choose from.");
                    at = (at + 1) % items.Count;
                    return current;
                }),
                "reset" => new Callable("reset", _ =>
                {
                    at = 0;
                    return null;
                }),
                _ => null,
            };
            return name is "current" or "next" or "reset";
        }
    }
}
