namespace Plinth.Data.Text.Chat;

/// <summary>Names with their values; what is set here ends with it.</summary>
internal sealed class Scope(Scope? outer)
{
    private Dictionary<string, object?>? values;

    public void Set(string name, object? value) => (values ??= new(StringComparer.Ordinal))[name] = value;

    public bool TryGet(string name, out object? value)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.values is not null && scope.values.TryGetValue(name, out value))
            {
                return true;
            }
        }
        value = null;
        return false;
    }

    private Scope? Outer => outer;
}

/// <summary><c>loop</c> inside of a loop.</summary>
internal sealed class LoopState(IReadOnlyList<object?> items, int depth, Func<object?, object?> recurse, Budget budget) : IAttributes
{
    private object? seen;
    private bool hasSeen;

    public int Index { get; set; }

    public object? Recurse(object? of) => recurse(of);

    public bool TryGet(string name, out object? value)
    {
        var last = items.Count - 1;
        (var isKnown, value) = name switch
        {
            "index" => (true, Index + 1L),
            "index0" => (true, (long)Index),
            "revindex" => (true, (long)(items.Count - Index)),
            "revindex0" => (true, (long)(last - Index)),
            "first" => (true, Index == 0),
            "last" => (true, Index == last),
            "length" => (true, (long)items.Count),
            "depth" => (true, depth + 1L),
            "depth0" => (true, (long)depth),
            "previtem" => (true, Index > 0 ? items[Index - 1] : new Undefined("there is no previous item")),
            "nextitem" => (true, Index < last ? items[Index + 1] : new Undefined("there is no next item")),
            "cycle" => (true, new Callable("cycle", a => a.Positional.Count > 0 ? a.Positional[Index % a.Positional.Count] : throw new TemplateException("cycle has nothing to choose from."))),
            "changed" => (true, new Callable("changed", Changed)),
            _ => (false, (object?)null),
        };
        return isKnown;
    }

    private object? Changed(Arguments arguments)
    {
        var now = new ListValue(arguments.Positional, SequenceKind.Tuple);
        var isSame = hasSeen && Operators.AreEqual(seen, now, budget);
        (seen, hasSeen) = (now, true);
        return !isSame;
    }
}
