using System.Text.Json;

namespace Plinth.Data.Text.Chat;

/// <summary>How a sequence behaves beyond its items.</summary>
internal enum SequenceKind
{
    List,
    Tuple,

    /// <summary>Keys, values or items of a dictionary: no index.</summary>
    View,

    /// <summary>What lazy filters give: true even when empty, no length, to be read once.</summary>
    Generator,
    Range,
}

/// <summary>A sequence. It does not change: the sandbox has no list methods that do.</summary>
internal sealed class ListValue(IReadOnlyList<object?> items, SequenceKind kind = SequenceKind.List)
{
    public IReadOnlyList<object?> Items { get; } = items;

    public SequenceKind Kind { get; } = kind;

    public bool IsRead { get; set; }

    public bool HasLength => Kind != SequenceKind.Generator;

    public bool HasIndex => Kind is SequenceKind.List or SequenceKind.Tuple or SequenceKind.Range;
}

/// <summary>A dictionary in order of insertion.</summary>
internal sealed class MapValue
{
    private readonly OrderedDictionary<object, object?> entries = new(KeyComparer.Instance);

    public int Count => entries.Count;

    public IEnumerable<object?> Keys => entries.Keys;

    public IEnumerable<object?> Values => entries.Values;

    public IEnumerable<KeyValuePair<object, object?>> Entries => entries;

    public void Set(object? key, object? value) => entries[Key(key) ?? throw new TemplateException($"{ValueText.TypeName(key)} cannot be a key of a dictionary.")] = value;

    public bool TryGet(object? key, out object? value)
    {
        value = null;
        return Key(key) is { } known && entries.TryGetValue(known, out value);
    }

    private static object? Key(object? key) => key is string or long or double or bool ? key : null;

    // 1, 1.0 and true are one key, as in Python.
    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static readonly KeyComparer Instance = new();

        public new bool Equals(object? x, object? y) => x is string s ? y is string t && s == t : y is not string && Number(x!).Equals(Number(y!));

        public int GetHashCode(object key) => key is string s ? s.GetHashCode(StringComparison.Ordinal) : Number(key).GetHashCode();

        private static double Number(object key) => key switch { bool b => b ? 1 : 0, long l => l, double d => d, _ => double.NaN };
    }
}

/// <summary>What a name, a key or an attribute gives that is not there. It prints as nothing; using it further is an error.</summary>
/// <param name="Reason">The error of using it.</param>
internal sealed record Undefined(string Reason)
{
    public TemplateException Error() => new(Reason + ".");
}

/// <summary>The one thing whose attributes a template may set.</summary>
internal sealed class NamespaceValue
{
    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);
}

/// <summary>Something that can be called.</summary>
internal sealed class Callable(string name, Func<Arguments, object?> call)
{
    public string Name { get; } = name;

    public Dictionary<string, object?> Attributes { get; } = new(StringComparer.Ordinal);

    public object? Call(Arguments arguments) => call(arguments);
}

/// <summary>Attributes that a template may read, for example of <c>loop</c>.</summary>
internal interface IAttributes
{
    bool TryGet(string name, out object? value);
}

/// <summary>JSON becomes plain values; nothing of the host gets in.</summary>
internal static class JsonValues
{
    public static object? From(JsonElement element, Budget budget)
    {
        Budget.CheckStack();
        budget.Step();
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                var text = Text(element);
                budget.Allow(text.Length);
                return text;
            case JsonValueKind.Number:
                return Number(element);
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            case JsonValueKind.Array:
                budget.Allow(element.GetArrayLength());
                return new ListValue([.. element.EnumerateArray().Select(item => From(item, budget))]);
            case JsonValueKind.Object:
                var map = new MapValue();
                foreach (var property in element.EnumerateObject())
                {
                    budget.Allow(property.Name.Length + 1);
                    map.Set(property.Name, From(property.Value, budget));
                }
                return map;
            default:
                return null;
        }
    }

    private static string Text(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new TemplateException("A message holds half of a surrogate pair, which is no text.", e);
        }
    }

    private static object Number(JsonElement element)
    {
        if (element.TryGetInt64(out var whole) && !element.GetRawText().AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return whole;
        }

        var raw = element.GetRawText();
        return raw.AsSpan().ContainsAny('.', 'e', 'E')
            ? element.GetDouble()
            : throw new TemplateException($"The whole number {raw[..Math.Min(raw.Length, 40)]} does not fit into 64 bits.");
    }
}
