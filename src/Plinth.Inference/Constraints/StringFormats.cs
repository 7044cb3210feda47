using Plinth.Inference.Constraints.Grammar;

namespace Plinth.Inference.Constraints;

/// <summary>Strings of a fixed form: the formats of JSON schema that .NET's own types write.</summary>
internal sealed class StringFormats(GrammarBuilder builder)
{
    private static readonly string[] Known = ["date", "time", "partial-time", "date-time", "uuid"];

    /// <exception cref="ConstraintException">The format is not supported.</exception>
    public Rule Of(string format, string place) => format switch
    {
        "date" => Quoted(Date()),
        "time" => Quoted([.. Time(), builder.Literal("Z")]),
        // Without its zone, as TimeOnly reads it (RFC 3339).
        "partial-time" => Quoted(Time()),
        "date-time" => Quoted([.. Date(), builder.Literal("T"), .. Time(), builder.Literal("Z")]),
        "uuid" => Quoted([.. Hex(8), Dash, .. Hex(4), Dash, .. Hex(4), Dash, .. Hex(4), Dash, .. Hex(12)]),
        _ => throw new ConstraintException("format", $"{place}: the format '{format}' ('format') is not supported. Supported: {string.Join(", ", Known)}; or leave it out."),
    };

    private Rule Dash => builder.Literal("-");

    private Rule Digit => builder.Range('0', '9');

    private Rule Quoted(IEnumerable<Rule> parts) => builder.Sequence([builder.Literal("\""), .. parts, builder.Literal("\"")]);

    private IEnumerable<Rule> Hex(int count) => Enumerable.Range(0, count).Select(_ => builder.Choice([Digit, builder.Range('a', 'f')]));

    /// <summary>A day from 1000 on that is there in every year.</summary>
    private IEnumerable<Rule> Date() => [builder.Range('1', '9'), Digit, Digit, Digit, Dash, builder.Choice([Days("13578", "02", "01"), Days("469", "1", "0"), Days("2", "", "")])];

    /// <summary>The days of months whose first digit is 0 or 1; February where no last digit of a day past 29 is given.</summary>
    private Rule Days(string months, string laterMonths, string afterThirty)
    {
        Rule OneOf(char first, string last) => builder.Sequence(builder.Literal(first.ToString()), builder.Choice([.. last.Select(digit => builder.Literal(digit.ToString()))]));
        List<Rule> days = [builder.Sequence(builder.Literal("0"), builder.Range('1', '9')), builder.Sequence(builder.Literal("1"), Digit)];
        days.Add(builder.Sequence(builder.Literal("2"), builder.Range('0', afterThirty.Length > 0 ? '9' : '8')));
        if (afterThirty.Length > 0)
        {
            days.Add(OneOf('3', afterThirty));
        }

        return builder.Sequence(
            laterMonths.Length > 0 ? builder.Choice([OneOf('0', months), OneOf('1', laterMonths)]) : OneOf('0', months), Dash, builder.Choice(days));
    }

    private IEnumerable<Rule> Time() =>
    [
        builder.Choice([builder.Sequence(builder.Range('0', '1'), Digit), builder.Sequence(builder.Literal("2"), builder.Range('0', '3'))]),
        builder.Literal(":"), builder.Range('0', '5'), Digit, builder.Literal(":"), builder.Range('0', '5'), Digit,
    ];
}
