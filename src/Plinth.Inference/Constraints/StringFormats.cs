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
    private IEnumerable<Rule> Date() =>
        [builder.Range('1', '9'), Digit, Digit, Digit, Dash, builder.Choice([.. Enumerable.Range(0, 365).Select(day => builder.Literal(new DateTime(2023, 1, 1).AddDays(day).ToString("MM-dd", System.Globalization.CultureInfo.InvariantCulture)))])];

    private IEnumerable<Rule> Time() =>
    [
        builder.Choice([builder.Sequence(builder.Range('0', '1'), Digit), builder.Sequence(builder.Literal("2"), builder.Range('0', '3'))]),
        builder.Literal(":"), builder.Range('0', '5'), Digit, builder.Literal(":"), builder.Range('0', '5'), Digit,
    ];
}
