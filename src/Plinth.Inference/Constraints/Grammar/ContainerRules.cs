namespace Plinth.Inference.Constraints.Grammar;

/// <summary>A property of an object.</summary>
/// <param name="First">Its name and value, as the first of an object.</param>
/// <param name="Further">The same after another, with the comma.</param>
/// <param name="IsRequired">Whether it must be there.</param>
internal sealed record Property(Rule First, Rule Further, bool IsRequired);

/// <summary>The inside of an object with known properties, in their order, and the brace after it.</summary>
internal sealed class ObjectBody(IReadOnlyList<Property> properties, Rule close) : Rule
{
    public override bool IsContainer => true;

    public override void Enter(Configuration? parent, Stand into) => Go(0, hasAny: false, parent, into);

    public override void Return(Configuration self, Stand into) => Go((int)self.Place, hasAny: true, self.Parent, into);

    public override int CostAfterChild(Configuration self) => CostOfFrom((int)self.Place, hasAny: true);

    protected override int ShortestCost() => CostOfFrom(0, hasAny: false);

    protected override int FlattestDepth() => 1 + properties.Where(property => property.IsRequired).Select(property => property.First.MinimumDepth).DefaultIfEmpty(0).Max();

    private void Go(int next, bool hasAny, Configuration? parent, Stand into)
    {
        for (var i = next; i < properties.Count; i++)
        {
            var rule = hasAny ? properties[i].Further : properties[i].First;
            var waiting = new Configuration(this, parent, i + 1);
            if (rule.Fits(waiting))
            {
                rule.Enter(waiting, into);
            }

            if (properties[i].IsRequired)
            {
                return;
            }
        }

        close.Enter(parent, into);
    }

    private int CostOfFrom(int next, bool hasAny)
    {
        var sum = close.MinimumCost;
        for (var i = next; i < properties.Count; i++)
        {
            if (properties[i].IsRequired)
            {
                sum = Costs.Sum(sum, hasAny ? properties[i].Further.MinimumCost : properties[i].First.MinimumCost);
                hasAny = true;
            }
        }

        return sum;
    }
}

/// <summary>The inside of an array and the bracket after it.</summary>
/// <param name="first">An item.</param>
/// <param name="further">An item after another, with the comma.</param>
/// <param name="close">The bracket.</param>
/// <param name="minimum">Fewest items.</param>
/// <param name="maximum">Most items, or null.</param>
internal sealed class ArrayBody(Rule first, Rule further, Rule close, int minimum, int? maximum) : Rule
{
    public override bool IsContainer => true;

    public override void Enter(Configuration? parent, Stand into) => Go(0, parent, into);

    public override void Return(Configuration self, Stand into) => Go(self.Place, self.Parent, into);

    public override int CostAfterChild(Configuration self) => Costs.Sum(Costs.Times(minimum - self.Place, further.MinimumCost), close.MinimumCost);

    protected override int ShortestCost() => Costs.Sum(
        minimum == 0 ? 0 : Costs.Sum(first.MinimumCost, Costs.Times(minimum - 1, further.MinimumCost)), close.MinimumCost);

    protected override int FlattestDepth() => 1 + (minimum == 0 ? 0 : first.MinimumDepth);

    private void Go(long count, Configuration? parent, Stand into)
    {
        // Beyond the last bound all counts are alike, but not the first item and the others.
        var waiting = new Configuration(this, parent, maximum is null ? Math.Min(count + 1, Math.Max(minimum, 1)) : count + 1);
        var item = count == 0 ? first : further;
        if ((maximum is null || count < maximum) && item.Fits(waiting))
        {
            item.Enter(waiting, into);
        }

        if (count >= minimum)
        {
            close.Enter(parent, into);
        }
    }
}

/// <summary>The inside of an object with free names, each once, and the brace after it.</summary>
/// <param name="first">A name and its value.</param>
/// <param name="further">The same after another, with the comma.</param>
/// <param name="close">The brace.</param>
internal sealed class MapBody(Rule first, Rule further, Rule close) : Rule
{
    public override bool IsContainer => true;

    public override void Enter(Configuration? parent, Stand into) => Go(null, parent, into);

    public override void Return(Configuration self, Stand into) => Go((NameSet?)self.Memory, self.Parent, into);

    public override int CostAfterChild(Configuration self) => close.MinimumCost;

    protected override int ShortestCost() => close.MinimumCost;

    protected override int FlattestDepth() => 1;

    private void Go(NameSet? names, Configuration? parent, Stand into)
    {
        var item = names is null ? first : further;
        var waiting = new Configuration(this, parent, memory: names);
        if (item.Fits(waiting))
        {
            item.Enter(waiting, into);
        }

        close.Enter(parent, into);
    }
}

/// <summary>Names that an object has already.</summary>
internal sealed record NameSet(string Name, NameSet? Others)
{
    public bool Has(string name) => Name == name || (Others?.Has(name) ?? false);

    public IEnumerable<string> All => (Others?.All ?? []).Append(Name);
}

/// <summary>A free name without escapes, its quote, and the value after it. Bytes of the name are kept as characters of the same number.</summary>
internal sealed class MapKey(Rule afterKey, TokenAlphabet alphabet) : Rule
{
    private readonly int quote = alphabet.CostOf((byte)'"');

    public Rule AfterKey => afterKey;

    public override void Enter(Configuration? parent, Stand into) => into.Add(new(this, parent, memory: ""));

    public override void Step(Configuration self, byte value, Stand into)
    {
        var name = (string)self.Memory!;
        if (self.Place == StringPlace.Between && value == '"')
        {
            if (Names(self)?.Has(name) != true)
            {
                var map = self.Parent!;
                afterKey.Enter(new(map.Rule, map.Parent, memory: new NameSet(name, Names(self))), into);
            }

            return;
        }

        var next = value == '\\' ? StringPlace.Refused : StringPlace.Next(self.Place, value);
        if (next != StringPlace.Refused)
        {
            into.Add(new(this, self.Parent, next, memory: name + (char)value));
        }
    }

    /// <summary>Names that would be given twice.</summary>
    public static NameSet? Names(Configuration self) => (NameSet?)self.Parent!.Memory;

    /// <summary>Tokens from between two characters, when the name is new.</summary>
    public int CostOfNew() => Costs.Sum(quote, afterKey.MinimumCost);

    // A name that is there already needs another character.
    public override int CostFrom(Configuration self) => Costs.Sum(
        CostOfNew(), self.Place != StringPlace.Between ? Costs.Sum(1, StringPlace.Cost(self.Place, alphabet)) : Names(self)?.Has((string)self.Memory!) == true ? 1 : 0);

    protected override int ShortestCost() => Costs.Sum(1, CostOfNew());

    protected override int FlattestDepth() => afterKey.MinimumDepth;
}
