namespace Plinth.Inference.Constraints.Grammar;

/// <summary>Where one stands between two bytes of a JSON string: between characters, in the middle of one, or in an escape.</summary>
internal static class StringPlace
{
    public const long Between = 0, Refused = -1;

    private const long Escape = 1, FirstHex = 2, SurrogateHex = 3, SecondHex = 4, ThirdHex = 5, LastHex = 6, Utf8 = 1 << 24;

    /// <summary>Where a byte leads; a quote is not asked for between characters. Whole characters end <see cref="Between"/>.</summary>
    public static long Next(long place, byte value) => place switch
    {
        Between => value switch
        {
            (byte)'\\' => Escape,
            < 0x20 or (byte)'"' => Refused,
            < 0x80 => Between,
            >= 0xC2 and <= 0xDF => Open(1, 0x80, 0xBF),
            0xE0 => Open(2, 0xA0, 0xBF),
            0xED => Open(2, 0x80, 0x9F),
            >= 0xE1 and <= 0xEF => Open(2, 0x80, 0xBF),
            0xF0 => Open(3, 0x90, 0xBF),
            >= 0xF1 and <= 0xF3 => Open(3, 0x80, 0xBF),
            0xF4 => Open(3, 0x80, 0x8F),
            _ => Refused,
        },
        Escape => value switch
        {
            (byte)'u' => FirstHex,
            (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t' => Between,
            _ => Refused,
        },
        // D8 to DF would be half of a pair, which is no character.
        FirstHex => value is (byte)'d' or (byte)'D' ? SurrogateHex : char.IsAsciiHexDigit((char)value) ? SecondHex : Refused,
        SurrogateHex => value is >= (byte)'0' and <= (byte)'7' ? ThirdHex : Refused,
        SecondHex => char.IsAsciiHexDigit((char)value) ? ThirdHex : Refused,
        ThirdHex => char.IsAsciiHexDigit((char)value) ? LastHex : Refused,
        LastHex => char.IsAsciiHexDigit((char)value) ? Between : Refused,
        _ => Continue(place, value),
    };

    /// <summary>Tokens to the end of the character at hand.</summary>
    public static int Cost(long place, TokenAlphabet alphabet)
    {
        if (place == Between)
        {
            return 0;
        }

        if (place < Utf8)
        {
            return place == Escape ? alphabet.CostOf((byte)'n') : Costs.Times(place switch { FirstHex => 4, SurrogateHex or SecondHex => 3, ThirdHex => 2, _ => 1 }, alphabet.CostOf((byte)'0'));
        }

        var missing = (int)(place >> 16) & 0xFF;
        return Costs.Sum(alphabet.CostOfAny((int)(place >> 8) & 0xFF, (int)place & 0xFF), Costs.Times(missing - 1, alphabet.CostOfAny(0x80, 0xBF)));
    }

    private static long Open(int missing, byte low, byte high) => Utf8 | ((long)missing << 16) | ((long)low << 8) | high;

    private static long Continue(long place, byte value)
    {
        var missing = (int)(place >> 16) & 0xFF;
        return value < ((place >> 8) & 0xFF) || value > (place & 0xFF) ? Refused : missing == 1 ? Between : Open(missing - 1, 0x80, 0xBF);
    }
}

/// <summary>The inside of a string and the quote after it.</summary>
/// <param name="minimum">Fewest characters.</param>
/// <param name="maximum">Most characters, or null.</param>
/// <param name="alphabet">The tokens.</param>
internal sealed class StringBody(int minimum, int? maximum, TokenAlphabet alphabet) : Rule
{
    private readonly int quote = alphabet.CostOf((byte)'"');
    private readonly int character = alphabet.SafeByLength.Length > 1 && alphabet.SafeByLength[1].Length > 0 ? 1 : TokenAlphabet.Unreachable;

    /// <summary>Characters that may still come after so many.</summary>
    public int Room(Configuration self) => maximum is { } most ? most - (int)self.Place : int.MaxValue;

    /// <summary>Tokens to the end of the string from between two characters, after so many more.</summary>
    public int CostAfter(Configuration self, int more) => Costs.Sum(Costs.Times(minimum - self.Place - more, character), quote);

    public override void Enter(Configuration? parent, Stand into) => into.Add(new(this, parent));

    public override void Step(Configuration self, byte value, Stand into)
    {
        if (self.Detail == StringPlace.Between && value == '"')
        {
            if (self.Place >= minimum)
            {
                into.Finish(self.Parent);
            }

            return;
        }

        var next = self.Detail == StringPlace.Between && Room(self) <= 0 ? StringPlace.Refused : StringPlace.Next(self.Detail, value);
        if (next != StringPlace.Refused)
        {
            into.Add(new(this, self.Parent, next == StringPlace.Between ? Count(self.Place + 1) : self.Place, next));
        }
    }

    public override int CostFrom(Configuration self) => self.Detail == StringPlace.Between
        ? CostAfter(self, 0)
        : Costs.Sum(StringPlace.Cost(self.Detail, alphabet), CostAfter(self, 1));

    protected override int ShortestCost() => Costs.Sum(Costs.Times(minimum, character), quote);

    // Beyond the last bound all counts are alike.
    private long Count(long count) => maximum is null ? Math.Min(count, minimum) : count;
}
