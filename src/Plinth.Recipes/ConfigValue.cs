namespace Plinth.Recipes;

/// <summary>One value of a config.json as a recipe gives it: true or false, a whole number, a number or a text.</summary>
public sealed record ConfigValue
{
    // Beyond this, neighbouring whole numbers are the same double.
    private const double LargestExact = 1L << 53;

    private ConfigValue(object content) => Content = content;

    /// <summary>A <see cref="bool"/>, <see cref="long"/>, <see cref="double"/> or <see cref="string"/>.</summary>
    public object Content { get; }

    /// <summary>True or false.</summary>
    public static implicit operator ConfigValue(bool flag) => Of(flag);

    /// <summary>A whole number.</summary>
    public static implicit operator ConfigValue(long number) => Of(number);

    /// <summary>A number; 2.0 is the whole number 2, so that a value that was written and read again is the same.</summary>
    public static implicit operator ConfigValue(double number) =>
        double.IsFinite(number)
            ? Of(Math.Abs(number) <= LargestExact && number == Math.Floor(number) ? (object)(long)number : number)
            : throw new ArgumentException("A field of config.json holds finite numbers alone.", nameof(number));

    /// <summary>A text.</summary>
    public static implicit operator ConfigValue(string text) => Of(text ?? throw new ArgumentNullException(nameof(text)));

    /// <summary>True or false.</summary>
    public static ConfigValue FromBoolean(bool flag) => flag;

    /// <summary>A whole number.</summary>
    public static ConfigValue FromInt64(long number) => number;

    /// <summary>A number.</summary>
    public static ConfigValue FromDouble(double number) => number;

    /// <summary>A text.</summary>
    public static ConfigValue FromString(string text) => text;

    // A bare "new" of a bool, number or text would convert it first, and so call itself for ever through the copy constructor.
    private static ConfigValue Of(object content) => new(content);

    /// <inheritdoc />
    public override string ToString() => Content switch
    {
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        var text => $"\"{text}\"",
    };
}
