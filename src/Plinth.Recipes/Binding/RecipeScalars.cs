using System.Globalization;
using System.Text.RegularExpressions;
using Plinth.Core;

namespace Plinth.Recipes.Binding;

/// <summary>Single values, from text and back.</summary>
internal static partial class RecipeScalars
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>The value that the text stands for.</summary>
    /// <exception cref="RecipeException">The text is no value of that type.</exception>
    public static object Parse(Type type, ScalarNode node, string path)
    {
        if (type == typeof(string))
        {
            return node.Value;
        }
        if (type == typeof(ConfigValue))
        {
            return ParseConfigValue(node, path);
        }
        if (node.Quoted && !type.IsEnum && type != typeof(TimeSpan))
        {
            throw node.Place.Error(path, $"Expected {Name(type)}, found the text \"{node.Value}\". Leave out the quotes.");
        }
        return type switch
        {
            _ when type == typeof(bool) => ParseBool(node, path),
            _ when type == typeof(byte) => (byte)ParseWhole(node, path, byte.MinValue, byte.MaxValue),
            _ when type == typeof(int) => (int)ParseWhole(node, path, int.MinValue, int.MaxValue),
            _ when type == typeof(long) => ParseWhole(node, path, long.MinValue, long.MaxValue),
            _ when type == typeof(double) => ParseNumber(node, path),
            _ when type == typeof(TimeSpan) => ParseDuration(node, path),
            _ => ParseEnum(type, node, path),
        };
    }

    /// <summary>The text that reads back to the value.</summary>
    public static ScalarNode Format(object value, RecipePlace place, string path) => value switch
    {
        string text => new(place, text, quoted: true),
        bool flag => new(place, flag ? "true" : "false", quoted: false),
        byte or int or long => new(place, ((IFormattable)value).ToString(null, Culture), quoted: false),
        double.PositiveInfinity => new(place, ".inf", quoted: false),
        double.NegativeInfinity => new(place, "-.inf", quoted: false),
        double number when double.IsNaN(number) => throw place.Error(path, "Not a number (NaN) cannot stand in a recipe."),
        double number => new(place, number.ToString("R", Culture), quoted: false),
        TimeSpan duration => new(place, duration.ToString("c", Culture), quoted: false),
        ConfigValue any => Format(any.Content, place, path),
        Enum name when Enum.IsDefined(name.GetType(), name) => new(place, RecipeShape.EnumName(name), quoted: false),
        _ => throw place.Error(path, $"'{value}' has no name in a recipe."),
    };

    /// <summary>What the type is called in messages.</summary>
    public static string Name(Type type) => type switch
    {
        _ when type == typeof(string) => "a text",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(byte) || type == typeof(int) || type == typeof(long) => "a whole number",
        _ when type == typeof(double) => "a number",
        _ when type == typeof(ConfigValue) => "true or false, a number or a text",
        _ when type == typeof(TimeSpan) => "a duration such as 90s, 5m, 1.5h or 00:05:00",
        _ => "one of " + string.Join(", ", Names(type)),
    };

    /// <summary>Quoted values are text; others are what they look like.</summary>
    private static ConfigValue ParseConfigValue(ScalarNode node, string path) => node.Value switch
    {
        _ when node.Quoted => node.Value,
        "true" => true,
        "false" => false,
        ".inf" or "+.inf" or "-.inf" or ".nan" => throw node.Place.Error(path, $"{node.Kind} is no finite number. A field of config.json holds finite numbers alone."),
        var value when WholeNumber().IsMatch(value) => ParseWhole(node, path, long.MinValue, long.MaxValue),
        var value when Number().IsMatch(value) => ParseNumber(node, path),
        var value => value,
    };

    private static bool ParseBool(ScalarNode node, string path) => node.Value switch
    {
        "true" => true,
        "false" => false,
        _ => throw Unexpected(typeof(bool), node, path),
    };

    private static long ParseWhole(ScalarNode node, string path, long minimum, long maximum)
    {
        if (!WholeNumber().IsMatch(node.Value))
        {
            throw Unexpected(typeof(long), node, path);
        }
        return long.TryParse(node.Value, NumberStyles.AllowLeadingSign, Culture, out var value) && value >= minimum && value <= maximum
            ? value
            : throw node.Place.Error(path, $"{node.Kind} is out of range. Allowed are {minimum.ToString(Culture)} to {maximum.ToString(Culture)}.");
    }

    private static double ParseNumber(ScalarNode node, string path)
    {
        if (node.Value is ".inf" or "+.inf" or "-.inf")
        {
            return node.Value[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        }
        if (!Number().IsMatch(node.Value))
        {
            throw Unexpected(typeof(double), node, path);
        }
        var value = double.Parse(node.Value, NumberStyles.Float, Culture);
        var mantissa = node.Value.Split('e', 'E')[0];
        return double.IsFinite(value) && (value != 0 || !mantissa.AsSpan().ContainsAnyInRange('1', '9'))
            ? value
            : throw node.Place.Error(path, $"{node.Kind} is too {(value == 0 ? "small" : "large")} for a 64-bit number.");
    }

    private static TimeSpan ParseDuration(ScalarNode node, string path)
    {
        var match = Duration().Match(node.Value);
        if (match.Success)
        {
            var unit = match.Groups[2].Value switch
            {
                "ms" => TimeSpan.TicksPerMillisecond,
                "s" => TimeSpan.TicksPerSecond,
                "m" => TimeSpan.TicksPerMinute,
                "h" => TimeSpan.TicksPerHour,
                _ => TimeSpan.TicksPerDay,
            };
            var ticks = Math.Round(double.Parse(match.Groups[1].Value, NumberStyles.Float, Culture) * unit);
            return ticks < TimeSpan.MaxValue.Ticks
                ? TimeSpan.FromTicks((long)ticks)
                : throw node.Place.Error(path, $"{node.Kind} is too long. At most {(long)TimeSpan.MaxValue.TotalDays}d are allowed.");
        }
        // A bare number would be read as days.
        return node.Value.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(node.Value, "c", Culture, out var value)
            ? value
            : throw Unexpected(typeof(TimeSpan), node, path);
    }

    private static object ParseEnum(Type type, ScalarNode node, string path)
    {
        // Recipes of older runs have the words of the C# name where it now has another one.
        var name = Array.Find(Enum.GetNames(type), name => RecipeShape.EnumName(type, name) == node.Value || RecipeShape.SnakeCase(name) == node.Value);
        return name is not null
            ? Enum.Parse(type, name)
            : throw node.Place.Error(path, $"Expected {Name(type)}, found {node.Kind}.{Suggestion.For(node.Value, Names(type))}");
    }

    private static IEnumerable<string> Names(Type type) => Enum.GetNames(type).Select(name => RecipeShape.EnumName(type, name));

    private static RecipeException Unexpected(Type type, ScalarNode node, string path) =>
        node.Place.Error(path, $"Expected {Name(type)}, found {node.Kind}.");

    // A leading zero is refused: older YAML reads 010 as eight.
    [GeneratedRegex(@"\A[+-]?(0|[1-9][0-9]*)\z")]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"\A[+-]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][+-]?[0-9]+)?\z")]
    private static partial Regex Number();

    [GeneratedRegex(@"\A([0-9]{1,15}(?:\.[0-9]{1,15})?)(ms|s|m|h|d)\z")]
    private static partial Regex Duration();
}
