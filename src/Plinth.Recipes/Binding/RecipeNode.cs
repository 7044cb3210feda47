using Plinth.Core;

namespace Plinth.Recipes.Binding;

/// <summary>Where a value was written, for messages.</summary>
/// <param name="Source">File, or the override on the command line.</param>
/// <param name="Line">Counted from 1; 0 where lines mean nothing.</param>
internal sealed record RecipePlace(string Source, int Line)
{
    public override string ToString() => Line > 0 ? $"{Source}:{Line}" : Source;

    /// <summary>The error at this place, in the section of that path.</summary>
    public RecipeException Error(string path, string message) =>
        new(path.Length > 0 ? $"{this}: {path}: {message}" : $"{this}: {message}");
}

/// <summary>One node of a recipe's tree. Equality ignores places and the order of keys.</summary>
internal abstract class RecipeNode(RecipePlace place)
{
    public RecipePlace Place { get; } = place;

    /// <summary>Nodes below and including this one, every alias counted as often as it is used.</summary>
    public abstract long Size { get; }

    public virtual bool IsNull => false;

    /// <summary>What this is called in messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A single value; quoted ones are text only.</summary>
internal sealed class ScalarNode(RecipePlace place, string value, bool quoted) : RecipeNode(place)
{
    public string Value { get; } = value;

    public bool Quoted { get; } = quoted;

    public override long Size => 1;

    public override bool IsNull => !Quoted && Value is "" or "~" or "null";

    public override string Kind => IsNull ? "nothing" : $"'{Shortened()}'";

    public override bool Equals(object? obj) => obj is ScalarNode other && IsNull == other.IsNull && (IsNull || Value == other.Value);

    public override int GetHashCode() => IsNull ? 0 : Value.GetHashCode(StringComparison.Ordinal);

    private string Shortened() => Value.Length > 80 ? Value[..80] + "…" : Value;
}

/// <summary>A sequence of nodes.</summary>
internal sealed class ListNode(RecipePlace place, IReadOnlyList<RecipeNode> items) : RecipeNode(place)
{
    public IReadOnlyList<RecipeNode> Items { get; } = items;

    public override long Size { get; } = items.Aggregate(1L, (sum, item) => Math.Min(RecipeParser.MaximumNodes + 1L, sum + item.Size));

    public override string Kind => "a list";

    public override bool Equals(object? obj) => obj is ListNode other && Items.SequenceEqual(other.Items);

    public override int GetHashCode() => Items.Count;
}

/// <summary>One key of a mapping.</summary>
internal sealed record MapEntry(string Key, RecipePlace Place, RecipeNode Value);

/// <summary>Keys to nodes, in the order in which they were written.</summary>
internal sealed class MapNode(RecipePlace place, IReadOnlyList<MapEntry> entries) : RecipeNode(place)
{
    public IReadOnlyList<MapEntry> Entries { get; } = entries;

    public override long Size { get; } = entries.Aggregate(1L, (sum, entry) => Math.Min(RecipeParser.MaximumNodes + 1L, sum + 1 + entry.Value.Size));

    public override string Kind => "a mapping";

    public MapEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);

    /// <summary>A copy without that key.</summary>
    public MapNode Without(string key) => new(Place, [.. Entries.Where(entry => entry.Key != key)]);

    /// <summary>A copy in which the entry replaces the one of its key, or follows the others.</summary>
    public MapNode With(MapEntry entry) => Find(entry.Key) is null
        ? new(Place, [.. Entries, entry])
        : new(Place, [.. Entries.Select(old => old.Key == entry.Key ? entry : old)]);

    public override bool Equals(object? obj) =>
        obj is MapNode other && Entries.Count == other.Entries.Count && Entries.All(entry => entry.Value.Equals(other.Find(entry.Key)?.Value));

    public override int GetHashCode() => Entries.Count;
}
