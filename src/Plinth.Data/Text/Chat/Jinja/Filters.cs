namespace Plinth.Data.Text.Chat;

/// <summary>What a filter gets.</summary>
/// <param name="Value">What stands before the bar.</param>
/// <param name="Arguments">What stands in the parentheses.</param>
internal sealed record FilterCall(string Name, object? Value, Arguments Arguments, Budget Budget)
{
    public Bound Bind(int required, params string[] names) => Arguments.Bind($"the filter '{Name}'", required, names);

    public string Text => ValueText.Of(Value, Budget);

    public IReadOnlyList<object?> Items => Operators.Items(Value, Budget);
}

/// <summary>The filters by name.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Func<FilterCall, object?>> Known = new(StringComparer.Ordinal);

    static Filters()
    {
        TextFilters.AddTo(Known);
        SequenceFilters.AddTo(Known);
    }

    public static bool Knows(string name) => Known.ContainsKey(name);

    public static object? Apply(string name, object? value, Arguments arguments, Budget budget)
    {
        budget.Step();
        return Known.TryGetValue(name, out var filter)
            ? filter(new(name, value, arguments, budget))
            : throw new TemplateException($"there is no filter '{name}'. Known: {string.Join(", ", Known.Keys.Order(StringComparer.Ordinal))}.");
    }
}
