using System.Globalization;
using Plinth.Core;

namespace Plinth.Recipes.Sweeps;

/// <summary>A key of the recipe with the values that trials give it.</summary>
/// <param name="Key">Its path, such as <c>training.learning_rate</c>.</param>
/// <param name="Values">The values, as the recipe would have them; empty where there is a range.</param>
/// <param name="Range">The lowest and the highest value, between which values are drawn evenly by their logarithm; null where there are values.</param>
internal sealed record SweepSetting(string Key, IReadOnlyList<string> Values, (double Low, double High, bool IsWhole)? Range)
{
    /// <summary>Reads <c>key=a,b,c</c> or <c>key=low..high</c>.</summary>
    /// <exception cref="RecipeException">The text has neither form.</exception>
    public static SweepSetting Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var values = equals < 1 ? [] : Split(text[(equals + 1)..]);
        if (values.Count == 0 || values.Any(string.IsNullOrWhiteSpace))
        {
            throw new RecipeException($"--set {text}: it has the form path.to.key=a,b,c, or path.to.key=low..high in random sweeps, for example training.learning_rate=1e-4,3e-4.");
        }

        return RangeOf(values, text) is { } range ? new(text[..equals], [], range) : new(text[..equals], values, null);
    }

    /// <summary>One value at random.</summary>
    public string Draw(Random random)
    {
        if (Range is not var (low, high, isWhole))
        {
            return Values[random.Next(Values.Count)];
        }

        var value = low * Math.Pow(high / low, random.NextDouble());
        return isWhole ? Math.Round(value).ToString("0", CultureInfo.InvariantCulture) : value.ToString("G4", CultureInfo.InvariantCulture);
    }

    private static (double Low, double High, bool IsWhole)? RangeOf(List<string> values, string text)
    {
        var ends = values[0].Split("..");
        if (values.Count != 1 || ends.Length != 2 || !TryNumber(ends[0], out var low) || !TryNumber(ends[1], out var high))
        {
            return null;
        }

        return low > 0 && high > low && double.IsFinite(high) ? (low, high, ends.All(end => long.TryParse(end, CultureInfo.InvariantCulture, out _)))
            : throw new RecipeException($"--set {text}: a range goes from a number above 0 to a higher one.");
    }

    private static bool TryNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    // Commas within lists, mappings and quotes belong to the value.
    private static List<string> Split(string text)
    {
        var (parts, start, depth, quote) = (new List<string>(), 0, 0, '\0');
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            quote = quote == '\0' ? (c is '"' or '\'' ? c : '\0') : c == quote ? '\0' : quote;
            depth += quote != '\0' ? 0 : c is '[' or '{' ? 1 : c is ']' or '}' ? -1 : 0;
            if (c == ',' && depth == 0 && quote == '\0')
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }

        return [.. parts, text[start..]];
    }
}
