namespace Plinth.Data.Text.Chat;

/// <summary>What a call was given.</summary>
internal sealed class Arguments(IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?>? named = null)
{
    private static readonly Dictionary<string, object?> None = [];

    public IReadOnlyList<object?> Positional { get; } = positional;

    public IReadOnlyDictionary<string, object?> Named { get; } = named ?? None;

    /// <summary>Puts arguments to parameter names, as Python does.</summary>
    /// <param name="function">For messages.</param>
    /// <param name="required">How many of the names must be given.</param>
    /// <param name="names">The parameters in order.</param>
    public Bound Bind(string function, int required, params string[] names)
    {
        if (Positional.Count > names.Length)
        {
            throw new TemplateException($"{function} takes at most {names.Length} arguments, {Positional.Count} were given.");
        }

        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        for (var i = 0; i < Positional.Count; i++)
        {
            values[names[i]] = Positional[i];
        }

        foreach (var (name, value) in Named)
        {
            if (!names.Contains(name))
            {
                throw new TemplateException($"{function} has no argument '{name}'. Known: {string.Join(", ", names)}.");
            }

            if (!values.TryAdd(name, value))
            {
                throw new TemplateException($"{function} got the argument '{name}' twice.");
            }
        }
        return names.Take(required).FirstOrDefault(name => !values.ContainsKey(name)) is { } missing
            ? throw new TemplateException($"{function} lacks its argument '{missing}'.")
            : new(function, values);
    }
}

/// <summary>Arguments by name.</summary>
internal sealed class Bound(string function, Dictionary<string, object?> values)
{
    public bool Has(string name) => values.ContainsKey(name);

    public object? Value(string name, object? otherwise = null) => values.GetValueOrDefault(name, otherwise);

    public string? OptionalText(string name) => Value(name) is null ? null : Text(name);

    public string Text(string name, string otherwise = "") => Value(name, otherwise) switch
    {
        string text => text,
        Undefined => "",
        var other => throw Wrong(name, "a text", other),
    };

    public bool Flag(string name, bool otherwise = false) => Operators.IsTrue(Value(name, otherwise));

    public long Number(string name, long otherwise = 0) => Value(name, otherwise) switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        var other => throw Wrong(name, "a whole number", other),
    };

    public int Count(string name, int otherwise = 0) => (int)Math.Clamp(Number(name, otherwise), int.MinValue, int.MaxValue);

    private TemplateException Wrong(string name, string wanted, object? found) =>
        new($"{function} needs {wanted} as '{name}', not {ValueText.TypeName(found)}.");
}
