namespace Plinth.Core.Checkpoints;

/// <summary>How a weight is stored in the reference's file.</summary>
public enum WeightLayout
{
    /// <summary>As ours.</summary>
    Same,

    /// <summary>Rows and columns exchanged, as GPT-2's Conv1D does.</summary>
    Transposed,
}

/// <summary>A piece of a weight that the reference keeps together with others.</summary>
/// <param name="Index">Which, from 0.</param>
/// <param name="Count">Of how many equal pieces, one below the other.</param>
public sealed record WeightPiece(int Index, int Count);

/// <summary>One row of a <see cref="KeyMap"/>: <c>#</c> stands for a number, a last <c>*</c> for <c>weight</c> or <c>bias</c>.</summary>
/// <param name="Ours">Our name.</param>
/// <param name="Theirs">The reference's name.</param>
/// <param name="Layout">How the reference stores the matrix; vectors are always as ours.</param>
/// <param name="Piece">Where ours lies in theirs, or null where they are the same; such files are read, never written.</param>
public sealed record KeyRule(string Ours, string Theirs, WeightLayout Layout = WeightLayout.Same, WeightPiece? Piece = null);

/// <summary>A weight of ours with its place in the reference's file.</summary>
/// <param name="Name">The reference's name.</param>
/// <param name="Layout">How it is stored there.</param>
/// <param name="Piece">Which piece of that entry it is, or null for the whole.</param>
public sealed record ForeignKey(string Name, WeightLayout Layout, WeightPiece? Piece = null);

/// <summary>The two-way table between our weight names, which are field names, and the reference's.</summary>
public sealed class KeyMap
{
    private readonly (KeyPattern Ours, KeyPattern Theirs, KeyRule Rule)[] rules;
    private readonly KeyPattern[] ignored;
    private readonly IReadOnlyList<KeyRule> table, renamed;

    /// <param name="rules">The table; the first row that fits counts.</param>
    /// <param name="prefix">Prefix of the backbone's names that a bare backbone's file leaves out, for example <c>bert.</c>.</param>
    /// <param name="renamed">Endings of old files: ours is the present ending, theirs the old one.</param>
    /// <param name="ignored">Patterns (<c>#</c>, <c>*</c>) of entries that carry no weight of their own: buffers and tied copies.</param>
    public KeyMap(IReadOnlyList<KeyRule> rules, string prefix, IReadOnlyList<KeyRule>? renamed = null, IReadOnlyList<string>? ignored = null)
    {
        Prefix = prefix;
        table = rules;
        this.renamed = renamed ?? [];
        this.ignored = [.. (ignored ?? []).Select(pattern => new KeyPattern(pattern))];
        this.rules = [.. rules.Select(rule => (new KeyPattern(rule.Ours), new KeyPattern(rule.Theirs), rule))];
    }

    /// <summary>Prefix of the backbone's names that a bare backbone's file leaves out.</summary>
    public string Prefix { get; }

    /// <summary>The table of a model that is a part of another.</summary>
    /// <param name="backbone">What our names have instead of <c>backbone</c>, for example <c>backbone.text</c>.</param>
    /// <param name="head">What they have instead of <c>head</c>.</param>
    /// <param name="theirs">What stands before the reference's names, for example <c>language_model.</c>.</param>
    public IEnumerable<KeyRule> AsPart(string backbone, string head, string theirs) => table.Select(rule =>
    {
        var dot = rule.Ours.IndexOf('.', StringComparison.Ordinal);
        return rule with { Ours = (rule.Ours.StartsWith("head.", StringComparison.Ordinal) ? head : backbone) + rule.Ours[dot..], Theirs = theirs + rule.Theirs };
    });

    /// <summary>The reference's name of a weight of ours.</summary>
    /// <exception cref="CheckpointException">The table has no such row, which is a defect of the family.</exception>
    public ForeignKey ToForeign(string ours)
    {
        ArgumentNullException.ThrowIfNull(ours);
        foreach (var (pattern, theirs, rule) in rules)
        {
            if (pattern.Translate(ours, theirs) is { } name)
            {
                return new(name, rule.Layout, rule.Piece);
            }
        }

        throw new CheckpointException($"The key map has no row for the weight '{ours}'.");
    }

    /// <summary>Our name of a weight of the reference, or null when the table has no row for it.</summary>
    public string? ToOurs(string theirs)
    {
        foreach (var candidate in (string[])[theirs, Prefix + theirs])
        {
            foreach (var (ours, pattern, _) in rules)
            {
                if (pattern.Translate(candidate, ours) is { } name)
                {
                    return name;
                }
            }
        }

        return null;
    }

    /// <summary>The present name of an entry of an old file.</summary>
    public string Modernize(string theirs)
    {
        ArgumentNullException.ThrowIfNull(theirs);
        foreach (var rule in renamed)
        {
            if (theirs.EndsWith(rule.Theirs, StringComparison.Ordinal))
            {
                return theirs[..^rule.Theirs.Length] + rule.Ours;
            }
        }

        return theirs;
    }

    /// <summary>Whether an entry carries no weight of its own.</summary>
    public bool IsIgnored(string theirs) => ignored.Any(pattern => pattern.Matches(theirs));
}
