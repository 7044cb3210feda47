using System.Runtime.CompilerServices;

namespace Plinth.Inference.Constraints.Grammar;

/// <summary>
/// One way to stand in a grammar: a rule, how far it has come, and the rules that wait for it. Values are never changed, so that ways share what waits.
/// </summary>
internal sealed class Configuration : IEquatable<Configuration>
{
    private readonly int hash;
    private int rest = -1;

    public Configuration(Rule rule, Configuration? parent, long place = 0, long detail = 0, object? memory = null)
    {
        (Rule, Parent, Place, Detail, Memory) = (rule, parent, place, detail, memory);
        Depth = (parent?.Depth ?? 0) + (rule.IsContainer ? 1 : 0);
        hash = HashCode.Combine(RuntimeHelpers.GetHashCode(rule), place, detail, memory, parent?.hash ?? 0);
    }

    public Rule Rule { get; }

    /// <summary>Who goes on when this one is done; null for the whole document.</summary>
    public Configuration? Parent { get; }

    public long Place { get; }

    public long Detail { get; }

    public object? Memory { get; }

    /// <summary>Objects and arrays that are open.</summary>
    public int Depth { get; }

    /// <summary>Tokens from here to the end of the document, at most.</summary>
    public int Cost => Costs.Sum(Rule.CostFrom(this), Parent?.Rest ?? 0);

    /// <summary>As <see cref="Cost"/>, for a rule that waits: from the moment that its child is done.</summary>
    public int Rest => rest >= 0 ? rest : rest = Costs.Sum(Rule.CostAfterChild(this), Parent?.Rest ?? 0);

    public bool Equals(Configuration? other) =>
        ReferenceEquals(this, other)
        || (other is not null && hash == other.hash && ReferenceEquals(Rule, other.Rule) && Place == other.Place && Detail == other.Detail
            && Equals(Memory, other.Memory) && Equals(Parent, other.Parent));

    public override bool Equals(object? obj) => Equals(obj as Configuration);

    public override int GetHashCode() => hash;
}

/// <summary>Sums of costs that do not overflow.</summary>
internal static class Costs
{
    public static int Sum(int a, int b) => (int)Math.Min((long)a + b, TokenAlphabet.Unreachable);

    public static int Times(long count, int cost) => count <= 0 ? 0 : (int)Int128.Min((Int128)count * cost, TokenAlphabet.Unreachable);
}

/// <summary>All ways to stand in a grammar after what was written.</summary>
internal sealed class Stand
{
    // From so many ways on, looking each one up is faster than comparing them.
    private const int Many = 16;

    private readonly List<Configuration> ways = [];
    private readonly HashSet<Configuration> known = [];

    public IReadOnlyList<Configuration> Ways => ways;

    public bool IsEmpty => ways.Count == 0;

    /// <summary>Whether the document may end here.</summary>
    public bool IsComplete => ways.Exists(way => way.Rule is EndOfDocument);

    /// <summary>The fewest tokens to the end.</summary>
    public int Cost => ways.Count == 0 ? TokenAlphabet.Unreachable : ways.Min(way => way.Cost);

    public void Clear()
    {
        ways.Clear();
        known.Clear();
    }

    public void Add(Configuration way)
    {
        if (ways.Count == Many && known.Count == 0)
        {
            known.UnionWith(ways);
        }

        if (ways.Count < Many ? !ways.Contains(way) : known.Add(way))
        {
            ways.Add(way);
        }
    }

    /// <summary>Lets the rule that waits go on, or ends the document.</summary>
    public void Finish(Configuration? parent)
    {
        if (parent is null)
        {
            Add(EndOfDocument.Reached);
        }
        else
        {
            parent.Rule.Return(parent, this);
        }
    }

    /// <summary>Where a byte leads, from everywhere here.</summary>
    public void Step(byte value, Stand into)
    {
        into.Clear();
        foreach (var way in ways)
        {
            way.Rule.Step(way, value, into);
        }
    }
}
