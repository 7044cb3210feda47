using System.Text;

namespace Plinth.Inference.Constraints.Grammar;

/// <summary>Makes the rules of JSON values, and settles them once all are made.</summary>
internal sealed class GrammarBuilder(TokenAlphabet alphabet)
{
    private const int MostRules = 100_000;

    private readonly List<Rule> rules = [];
    private readonly Dictionary<string, Rule> literals = new(StringComparer.Ordinal);
    private Rule? space, text, anything;

    public Rule Space => space ??= Add(new OptionalSpace(alphabet));

    /// <summary>Any string.</summary>
    public Rule AnyText => text ??= Text(0, null);

    /// <summary>Any JSON value.</summary>
    public Rule Anything
    {
        get
        {
            if (anything is null)
            {
                var itself = (Reference)Add(new Reference());
                anything = itself;
                itself.Target = Choice([AnyText, AnyNumber(), Literal("true"), Literal("false"), Literal("null"), Map(itself), Array(itself, 0, null)]);
            }

            return anything;
        }
    }

    public Rule Literal(string json) => literals.TryGetValue(json, out var known) ? known : literals[json] = Add(new Literal(Encoding.UTF8.GetBytes(json), alphabet));

    public Rule Text(int minimum, int? maximum) => Sequence(Literal("\""), Add(new StringBody(minimum, maximum, alphabet)));

    public Rule AnyNumber() => Add(new NumberBody(alphabet));

    public Rule Decimal(Int128 minimum, Int128 maximum, int fractionDigits, int wholeDigits) => Add(new DecimalBody(minimum, maximum, fractionDigits, wholeDigits, alphabet));

    public Rule Range(char first, char last) => Add(new ByteRange((byte)first, (byte)last, alphabet));

    public Rule Sequence(params IReadOnlyList<Rule> parts) => parts.Count == 1 ? parts[0] : Add(new Sequence(parts));

    public Rule Choice(IReadOnlyList<Rule> alternatives) => alternatives.Count == 1 ? alternatives[0] : Add(new Choice(alternatives));

    public Reference Reference() => (Reference)Add(new Reference());

    public Rule Array(Rule item, int minimum, int? maximum) =>
        Sequence(Literal("["), Add(new ArrayBody(item, Sequence(Literal(","), Space, item), Literal("]"), minimum, maximum)));

    public Rule Map(Rule value)
    {
        var entry = Sequence(Literal("\""), Add(new MapKey(Sequence(Literal(":"), Space, value), alphabet)));
        return Sequence(Literal("{"), Add(new MapBody(entry, Sequence(Literal(","), Space, entry), Literal("}"))));
    }

    /// <summary>An object; names are given as JSON strings.</summary>
    public Rule Object(IEnumerable<(string Name, Rule Value, bool IsRequired)> properties)
    {
        List<Property> made = [];
        foreach (var (name, value, isRequired) in properties)
        {
            var entry = Sequence(Literal(name + ":"), Space, value);
            made.Add(new(entry, Sequence(Literal(","), Space, entry), isRequired));
        }

        return Sequence(Literal("{"), Add(new ObjectBody(made, Literal("}"))));
    }

    /// <summary>Computes what each rule costs at least, from the leaves up until nothing changes.</summary>
    /// <exception cref="ConstraintException">A rule begins with itself, so that it would never read anything.</exception>
    public void Settle()
    {
        var changed = true;
        while (changed)
        {
            changed = false;
            foreach (var rule in rules)
            {
                changed |= rule.Settle();
            }
        }

        var done = new HashSet<Rule>(ReferenceEqualityComparer.Instance);
        foreach (var rule in rules)
        {
            CheckBeginning(rule, done, new(ReferenceEqualityComparer.Instance));
        }
    }

    private static void CheckBeginning(Rule rule, HashSet<Rule> done, HashSet<Rule> open)
    {
        if (done.Contains(rule))
        {
            return;
        }

        if (!open.Add(rule))
        {
            throw new ConstraintException("$ref", "A $ref of the schema refers to itself with nothing written between, so that it never says what a value is. Put an object or an array in between.");
        }

        foreach (var first in rule.Beginnings)
        {
            CheckBeginning(first, done, open);
        }

        open.Remove(rule);
        done.Add(rule);
    }

    private Rule Add(Rule rule)
    {
        if (rules.Count >= MostRules)
        {
            throw new ConstraintException("", $"The schema has more than {MostRules:N0} parts. Use a smaller one.");
        }

        rules.Add(rule);
        return rule;
    }
}
