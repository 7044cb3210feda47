namespace Plinth.Recipes.Parity;

/// <summary>A numeric set: how its entries are told from its inputs, and how one is compared.</summary>
/// <param name="Entry">What one entry is, in words.</param>
/// <param name="Known">Entries that can be compared.</param>
/// <param name="Find">The entry that a tensor of the case is the result of, or null.</param>
/// <param name="Compare">Compares one known entry.</param>
internal sealed record NumericSet(string Entry, IReadOnlyCollection<string> Known, Func<string, string?> Find, Action<ParityCase, string> Compare)
{
    /// <summary>The entries of a case.</summary>
    public IReadOnlyList<string> EntriesOf(ParityCase parity) => [.. parity.Names.Select(Find).OfType<string>()];

    /// <summary>For entries that are named by the ending of their result.</summary>
    public static Func<string, string?> Ending(string ending) => name => name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : null;

    /// <summary>For entries whose result has their own name, beside inputs.</summary>
    public static Func<string, string?> AllBut(params string[] inputs) => name => inputs.Contains(name) ? null : name;
}
