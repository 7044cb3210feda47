using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Plinth.Recipes.Binding;

/// <summary>A read-only list that equals another list of equal items, so that the records which hold it compare by value.</summary>
internal sealed class RecipeList<T>(IReadOnlyList<T> items) : IReadOnlyList<T>
{
    public int Count => items.Count;

    public T this[int index] => items[index];

    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object? obj) => obj is IReadOnlyList<T> other && items.SequenceEqual(other);

    public override int GetHashCode() => items.Aggregate(items.Count, HashCode.Combine);
}

/// <summary>A read-only dictionary that equals another one of equal entries. Keeps the order of the recipe.</summary>
internal sealed class RecipeMap<T>(IReadOnlyList<KeyValuePair<string, T>> entries) : IReadOnlyDictionary<string, T>
{
    private readonly Dictionary<string, T> byKey = new(entries, StringComparer.Ordinal);

    public int Count => entries.Count;

    public IEnumerable<string> Keys => entries.Select(entry => entry.Key);

    public IEnumerable<T> Values => entries.Select(entry => entry.Value);

    public T this[string key] => byKey[key];

    public bool ContainsKey(string key) => byKey.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => byKey.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override bool Equals(object? obj) =>
        obj is IReadOnlyDictionary<string, T> other && other.Count == Count
        && entries.All(entry => other.TryGetValue(entry.Key, out var value) && EqualityComparer<T>.Default.Equals(value, entry.Value));

    public override int GetHashCode() => Count;
}
