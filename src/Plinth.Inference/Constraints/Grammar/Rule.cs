namespace Plinth.Inference.Constraints.Grammar;

/// <summary>
/// A rule of a grammar over bytes. A rule either reads bytes itself (<see cref="Step"/>) or waits for others that it enters (<see cref="Return"/>).
/// </summary>
internal abstract class Rule
{
    /// <summary>The deepest that documents nest: System.Text.Json reads 64 by default.</summary>
    public const int DepthLimit = 60;

    /// <summary>Tokens that the shortest text of the rule costs at most.</summary>
    public int MinimumCost { get; private set; } = TokenAlphabet.Unreachable;

    /// <summary>How deep the flattest text of the rule nests.</summary>
    public int MinimumDepth { get; private set; } = DepthLimit + 1;

    /// <summary>Whether it opens an object or an array.</summary>
    public virtual bool IsContainer => false;

    /// <summary>Rules that may stand at its very beginning.</summary>
    public virtual IEnumerable<Rule> Beginnings => [];

    /// <summary>Begins the rule; adds all ways to stand at its first byte.</summary>
    public abstract void Enter(Configuration? parent, Stand into);

    /// <summary>Reads a byte; adds nothing when it does not fit.</summary>
    public virtual void Step(Configuration self, byte value, Stand into) { }

    /// <summary>Goes on after a rule that was entered is done.</summary>
    public virtual void Return(Configuration self, Stand into) => throw new InvalidOperationException($"{GetType().Name} enters no rules.");

    /// <summary>Tokens to the end of this rule, at most, when it reads bytes itself.</summary>
    public virtual int CostFrom(Configuration self) => 0;

    /// <summary>Tokens to the end of this rule, at most, once the rule that it waits for is done.</summary>
    public virtual int CostAfterChild(Configuration self) => 0;

    /// <summary>Whether the rule can come to an end within the depth that is left.</summary>
    public bool Fits(Configuration? parent) => MinimumCost < TokenAlphabet.Unreachable && (parent?.Depth ?? 0) + MinimumDepth <= DepthLimit;

    /// <summary>Computes cost and depth from those of its parts; true when something became less.</summary>
    public bool Settle()
    {
        var (cost, depth) = (ShortestCost(), FlattestDepth());
        var isLess = cost < MinimumCost || depth < MinimumDepth;
        (MinimumCost, MinimumDepth) = (Math.Min(cost, MinimumCost), Math.Min(depth, MinimumDepth));
        return isLess;
    }

    protected abstract int ShortestCost();

    protected virtual int FlattestDepth() => 0;
}

/// <summary>The place after a whole document.</summary>
internal sealed class EndOfDocument : Rule
{
    public static readonly Configuration Reached = new(new EndOfDocument(), null);

    public override void Enter(Configuration? parent, Stand into) => into.Add(Reached);

    protected override int ShortestCost() => 0;
}

/// <summary>One text.</summary>
internal sealed class Literal(byte[] text, TokenAlphabet alphabet) : Rule
{
    private readonly int[] costs = alphabet.CostsOf(text);

    public override void Enter(Configuration? parent, Stand into) => into.Add(new(this, parent));

    public override void Step(Configuration self, byte value, Stand into)
    {
        if (text[self.Place] != value)
        {
            return;
        }

        if (self.Place + 1 == text.Length)
        {
            into.Finish(self.Parent);
        }
        else
        {
            into.Add(new(this, self.Parent, self.Place + 1));
        }
    }

    public override int CostFrom(Configuration self) => costs[self.Place];

    protected override int ShortestCost() => costs[0];
}

/// <summary>One byte of a range, given by its ends.</summary>
internal sealed class ByteRange(byte first, byte last, TokenAlphabet alphabet) : Rule
{
    private readonly int cost = alphabet.CostOfAny(first, last);

    public override void Enter(Configuration? parent, Stand into) => into.Add(new(this, parent));

    public override void Step(Configuration self, byte value, Stand into)
    {
        if (value >= first && value <= last)
        {
            into.Finish(self.Parent);
        }
    }

    public override int CostFrom(Configuration self) => cost;

    protected override int ShortestCost() => cost;
}

/// <summary>A space that models like to write between parts, or none.</summary>
internal sealed class OptionalSpace(TokenAlphabet alphabet) : Rule
{
    private readonly int cost = alphabet.CostOf((byte)' ');

    public override void Enter(Configuration? parent, Stand into)
    {
        into.Add(new(this, parent));
        into.Finish(parent);
    }

    public override void Step(Configuration self, byte value, Stand into)
    {
        if (value == ' ')
        {
            into.Finish(self.Parent);
        }
    }

    public override int CostFrom(Configuration self) => cost;

    protected override int ShortestCost() => 0;
}

/// <summary>Rules one after the other.</summary>
internal sealed class Sequence(params IReadOnlyList<Rule> parts) : Rule
{
    public override IEnumerable<Rule> Beginnings => parts.Take(1 + parts.TakeWhile(part => part is OptionalSpace).Count());

    public override void Enter(Configuration? parent, Stand into) => Go(0, parent, into);

    public override void Return(Configuration self, Stand into) => Go((int)self.Place, self.Parent, into);

    public override int CostAfterChild(Configuration self) => CostOfFrom((int)self.Place);

    protected override int ShortestCost() => CostOfFrom(0);

    protected override int FlattestDepth() => parts.Max(part => part.MinimumDepth);

    // Nobody waits for the last part.
    private void Go(int part, Configuration? parent, Stand into) =>
        parts[part].Enter(part == parts.Count - 1 ? parent : new(this, parent, part + 1), into);

    private int CostOfFrom(int first)
    {
        var sum = 0;
        for (var i = first; i < parts.Count; i++)
        {
            sum = Costs.Sum(sum, parts[i].MinimumCost);
        }

        return sum;
    }
}

/// <summary>One of several rules.</summary>
internal sealed class Choice(IReadOnlyList<Rule> alternatives) : Rule
{
    public IReadOnlyList<Rule> Alternatives => alternatives;

    public override IEnumerable<Rule> Beginnings => alternatives;

    public override void Enter(Configuration? parent, Stand into)
    {
        foreach (var alternative in alternatives)
        {
            if (alternative.Fits(parent))
            {
                alternative.Enter(parent, into);
            }
        }
    }

    protected override int ShortestCost() => alternatives.Min(alternative => alternative.MinimumCost);

    protected override int FlattestDepth() => alternatives.Min(alternative => alternative.MinimumDepth);
}

/// <summary>A rule that is known by its place in the schema and may hold itself.</summary>
internal sealed class Reference : Rule
{
    public Rule Target { get; set; } = null!;

    public override IEnumerable<Rule> Beginnings => [Target];

    public override void Enter(Configuration? parent, Stand into) => Target.Enter(parent, into);

    protected override int ShortestCost() => Target.MinimumCost;

    protected override int FlattestDepth() => Target.MinimumDepth;
}
