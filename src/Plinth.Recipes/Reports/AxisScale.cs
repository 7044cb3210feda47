using System.Globalization;

namespace Plinth.Recipes.Reports;

/// <summary>One axis of a chart: its range in drawn coordinates (the logarithm, where it is one) and its labelled ticks.</summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end, above it.</param>
/// <param name="Ticks">Places and what is written there.</param>
internal sealed record AxisScale(double Low, double High, IReadOnlyList<KeyValuePair<double, string>> Ticks)
{
    private const double Margin = 0.04;

    /// <summary>An even axis around values, with ticks at 1, 2 or 5 times a power of ten.</summary>
    public static AxisScale Linear(IReadOnlyCollection<double> values, int tickCount)
    {
        var (low, high) = Range(values);
        var step = NiceStep((high - low) / tickCount);
        var ticks = new List<KeyValuePair<double, string>>();
        for (var n = Math.Ceiling(low / step); n * step <= high; n++)
        {
            ticks.Add(new(n * step, Label(n * step, step)));
        }

        return new(low, high, ticks);
    }

    /// <summary>An axis of factors; a tick at each value where there are few, else at powers of ten.</summary>
    /// <param name="values">Logarithms to base 10.</param>
    public static AxisScale Logarithmic(IReadOnlyCollection<double> values, int tickCount)
    {
        var (low, high) = Range(values);
        var places = values.Distinct().Order().ToList();
        if (places.Count > tickCount || TooClose(places, (high - low) / tickCount))
        {
            var stride = Math.Max(1, Math.Ceiling((high - low) / tickCount));
            places = [];
            for (var power = Math.Ceiling(low); power <= high; power += stride)
            {
                places.Add(power);
            }
        }

        return new(low, high, [.. places.Select(place => KeyValuePair.Create(place, Label(Math.Pow(10, place), 0)))]);
    }

    private static bool TooClose(List<double> places, double gap) =>
        places.Zip(places.Skip(1)).Any(pair => pair.Second - pair.First < gap / 3);

    private static (double Low, double High) Range(IReadOnlyCollection<double> values)
    {
        var (low, high) = (values.Min(), values.Max());
        var room = high > low ? (high - low) * Margin : Math.Max(Math.Abs(high) * 0.1, 1e-6);
        return (low - room, high + room);
    }

    private static double NiceStep(double step)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(step)));
        return power * ((step / power) switch { <= 1.5 => 1, <= 3 => 2, <= 7 => 5, _ => 10 });
    }

    private static string Label(double value, double step)
    {
        // -0 and rounding dust beside 0.
        value = Math.Abs(value) < step / 1e6 ? 0 : value;
        var large = Math.Abs(value) >= 1e6;
        var small = value != 0 && Math.Abs(value) < 1e-4;
        return large || small
            ? value.ToString("0.##e0", CultureInfo.InvariantCulture)
            : Math.Round(value, 6).ToString("#,0.######", CultureInfo.InvariantCulture);
    }
}
