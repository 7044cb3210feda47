namespace Plinth.Core;

/// <summary>The shelf of one kind of part: name to entry. Unknown names are answered with what is known.</summary>
/// <typeparam name="T">What stands on the shelf.</typeparam>
public sealed class Catalog<T>
{
    private readonly SortedDictionary<string, T> entries = new(StringComparer.Ordinal);
    private readonly string kind;

    /// <param name="kind">What an entry is called in messages, for example <c>objective</c>.</param>
    /// <param name="entries">All entries with their names.</param>
    /// <param name="name">The name of an entry.</param>
    public Catalog(string kind, IEnumerable<T> entries, Func<T, string> name)
    {
        this.kind = kind;
        foreach (var entry in entries)
        {
            this.entries.Add(name(entry), entry);
        }
    }

    /// <summary>The names in order.</summary>
    public IReadOnlyCollection<string> Names => entries.Keys;

    /// <summary>All entries in order of their names.</summary>
    public IReadOnlyCollection<T> Entries => entries.Values;

    /// <summary>The entry of that name.</summary>
    /// <exception cref="RecipeException">There is none.</exception>
    public T this[string name] => entries.TryGetValue(name, out var entry)
        ? entry
        : throw new RecipeException($"There is no {kind} '{name}'. Known: {string.Join(", ", entries.Keys)}.");

    /// <summary>Whether there is an entry of that name.</summary>
    public bool Contains(string name) => entries.ContainsKey(name);
}
