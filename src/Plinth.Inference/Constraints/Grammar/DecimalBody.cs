namespace Plinth.Inference.Constraints.Grammar;

/// <summary>
/// A number between two bounds, written plainly: digits, and for fractions a point and digits. All values are counted in units of the last digit that may be written.
/// </summary>
/// <param name="minimum">Least value in units.</param>
/// <param name="maximum">Largest value in units.</param>
/// <param name="fractionDigits">Most digits after the point; 0 for whole numbers.</param>
/// <param name="wholeDigits">Most digits before the point.</param>
/// <param name="alphabet">The tokens.</param>
internal sealed class DecimalBody(Int128 minimum, Int128 maximum, int fractionDigits, int wholeDigits, TokenAlphabet alphabet) : Rule
{
    // Detail: the sign in bit 0, whether something was written in bit 1, the point in bit 2, then the number of digits before and after it.
    private const long Negative = 1, Begun = 2, Point = 4;
    private const int WholeShift = 8, FractionShift = 16;
    private static readonly Int128[] Powers = MakePowers();

    private readonly int digit = Enumerable.Range('0', 10).Max(value => alphabet.CostOf((byte)value));
    private readonly int sign = alphabet.CostOf((byte)'-');

    private readonly int point = fractionDigits == 0 ? 0 : alphabet.CostOf((byte)'.');

    public override void Enter(Configuration? parent, Stand into) => into.Add(new(this, parent));

    public override void Step(Configuration self, byte value, Stand into)
    {
        if (Read(self.Place, self.Detail, value) is not var (digits, state) || Missing(digits, state) is null)
        {
            return;
        }

        into.Add(new(this, self.Parent, digits, state));
        if (IsWhole(digits, state))
        {
            into.Finish(self.Parent);
        }
    }

    public override int CostFrom(Configuration self) => Missing(self.Place, self.Detail) ?? TokenAlphabet.Unreachable;

    protected override int ShortestCost() => Missing(0, 0) ?? TokenAlphabet.Unreachable;

    private (long Digits, long State)? Read(long digits, long state, byte value)
    {
        var (whole, fraction) = Counts(state);
        if (value == '-')
        {
            return state == 0 ? (0, Negative | Begun) : null;
        }

        if (value == '.')
        {
            return fractionDigits > 0 && whole > 0 && (state & Point) == 0 ? (digits, state | Point) : null;
        }

        if (value is < (byte)'0' or > (byte)'9')
        {
            return null;
        }

        var next = unchecked((long)(((ulong)digits * 10) + (ulong)(value - '0')));
        return (state & Point) != 0 ? fraction < fractionDigits ? (next, state + (1L << FractionShift)) : null
            : whole == wholeDigits || (whole == 1 && digits == 0) || (fractionDigits == 0 && whole == 0 && value == '0' && (state & Negative) != 0) ? null
            : (next, (state | Begun) + (1L << WholeShift));
    }

    private bool IsWhole(long digits, long state)
    {
        var (whole, fraction) = Counts(state);
        return whole > 0 && ((state & Point) == 0 || fraction > 0) && IsWithin(digits, state, Power(fractionDigits - fraction), 1);
    }

    /// <summary>The fewest tokens after which the number is within the bounds; null when no digits bring it there.</summary>
    private int? Missing(long digits, long state)
    {
        var (whole, fraction) = Counts(state);
        if (whole == 0)
        {
            var positive = (state & Negative) != 0 ? null : Cheapest(0, state, whole, fraction);
            var negative = minimum >= 0 ? null : (state & Negative) != 0 ? Cheapest(0, state, whole, fraction) : Cheapest(0, Negative | Begun, whole, fraction) + sign;
            return positive is { } a && negative is { } b ? Math.Min(a, b) : positive ?? negative;
        }

        return Cheapest(digits, state, whole, fraction);
    }

    private int? Cheapest(long digits, long state, int whole, int fraction)
    {
        if ((state & Point) != 0)
        {
            return Fractions(digits, state, fraction, fraction == 0 ? 1 : 0, 0);
        }

        int? best = null;
        // A zero is followed by no digit; before the first digit anything may come.
        var most = whole > 0 && digits == 0 ? 0 : wholeDigits - whole;
        for (var more = whole == 0 ? 1 : 0; more <= most && (best is null || best > more); more++)
        {
            var power = Power(more);
            // With no digit yet, `more` digits without a leading zero; alone, zero too.
            var (first, count) = whole > 0 ? ((Int128)(ulong)digits * power, power) : more == 1 ? (0, 10) : (Power(more - 1), power - Power(more - 1));
            for (var after = 0; after <= fractionDigits; after++)
            {
                var step = Power(fractionDigits - after);
                if (Overlaps(first * Power(after), count * Power(after), step, state))
                {
                    var cost = Costs.Sum(Costs.Times(more + after, digit), after > 0 ? point : 0);
                    best = best is { } found ? Math.Min(found, cost) : cost;
                    break;
                }
            }
        }

        return best;
    }

    private int? Fractions(long digits, long state, int fraction, int fewest, int extra)
    {
        for (var more = fewest; fraction + more <= fractionDigits; more++)
        {
            if (Overlaps((Int128)(ulong)digits * Power(more), Power(more), Power(fractionDigits - fraction - more), state))
            {
                return Costs.Sum(Costs.Times(more, digit), extra);
            }
        }

        return null;
    }

    /// <summary>Whether one of the values first, first + 1, ... (so many), each of so many units, is within the bounds under the sign.</summary>
    private bool Overlaps(Int128 first, Int128 count, Int128 unit, long state)
    {
        var (low, high) = (state & Negative) != 0 ? (-maximum, -minimum) : (minimum, maximum);
        low = Int128.Max(low, (state & Negative) != 0 && fractionDigits == 0 ? 1 : 0);
        if (high < 0 || high < low)
        {
            return false;
        }

        var from = Int128.Max(first, (low + unit - 1) / unit);
        var to = Int128.Min(first + count - 1, high / unit);
        return from <= to;
    }

    private bool IsWithin(long digits, long state, Int128 unit, Int128 count) => Overlaps((Int128)(ulong)digits, count, unit, state);

    private static (int Whole, int Fraction) Counts(long state) => ((int)(state >> WholeShift) & 0xFF, (int)(state >> FractionShift) & 0xFF);

    private static Int128 Power(int exponent) => Powers[exponent];

    private static Int128[] MakePowers()
    {
        var powers = new Int128[32];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}

/// <summary>Any JSON number that a double holds: up to 15 digits before the point, 15 after it, and an exponent of up to two.</summary>
internal sealed class NumberBody(TokenAlphabet alphabet) : Rule
{
    private const int MostDigits = 15, MostExponentDigits = 2;

    private readonly int digit = Enumerable.Range('0', 10).Max(value => alphabet.CostOf((byte)value));

    private enum Part { Start, Sign, Zero, Whole, Point, Fraction, Exponent, ExponentSign, ExponentDigits }

    public override void Enter(Configuration? parent, Stand into) => into.Add(new(this, parent));

    public override void Step(Configuration self, byte value, Stand into)
    {
        if (Next((Part)self.Place, (int)self.Detail, (char)value) is not { } part)
        {
            return;
        }

        into.Add(new(this, self.Parent, (long)part, part == (Part)self.Place ? self.Detail + 1 : 1));
        if (part is Part.Zero or Part.Whole or Part.Fraction or Part.ExponentDigits)
        {
            into.Finish(self.Parent);
        }
    }

    public override int CostFrom(Configuration self) => (Part)self.Place is Part.Zero or Part.Whole or Part.Fraction or Part.ExponentDigits ? 0 : digit;

    protected override int ShortestCost() => digit;

    private static Part? Next(Part part, int count, char value) => (part, value) switch
    {
        (Part.Start, '-') => Part.Sign,
        (Part.Start or Part.Sign, '0') => Part.Zero,
        (Part.Start or Part.Sign, >= '1' and <= '9') => Part.Whole,
        (Part.Whole, >= '0' and <= '9') when count < MostDigits => Part.Whole,
        (Part.Zero or Part.Whole, '.') => Part.Point,
        (Part.Point, >= '0' and <= '9') => Part.Fraction,
        (Part.Fraction, >= '0' and <= '9') when count < MostDigits => Part.Fraction,
        (Part.Zero or Part.Whole or Part.Fraction, 'e' or 'E') => Part.Exponent,
        (Part.Exponent, '+' or '-') => Part.ExponentSign,
        (Part.Exponent or Part.ExponentSign, >= '0' and <= '9') => Part.ExponentDigits,
        (Part.ExponentDigits, >= '0' and <= '9') when count < MostExponentDigits => Part.ExponentDigits,
        _ => null,
    };
}
