namespace Plinth.Tasks.Metrics;

/// <summary>
/// Linear correlation (Pearson 1895): <c>r = Σ (x - x̄)(y - ȳ) / sqrt(Σ (x - x̄)² Σ (y - ȳ)²)</c>.
/// </summary>
public static class Pearson
{
    /// <summary>Compares one value per sample.</summary>
    /// <returns>
    /// -1 to 1; 0 when either side is constant (it says nothing of the other), so also for a single sample;
    /// NaN for no samples or when a value is not finite.
    /// </returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Of(IReadOnlyList<double> predicted, IReadOnlyList<double> expected)
    {
        MetricInputs.RequireSameCount(predicted, expected);
        if (expected.Count == 0 || !predicted.All(double.IsFinite) || !expected.All(double.IsFinite))
        {
            return double.NaN;
        }

        // Asked of the values themselves: a rounded mean leaves dust that would correlate with anything.
        if (IsConstant(predicted) || IsConstant(expected))
        {
            return 0;
        }

        var (x, y) = (Centred(predicted), Centred(expected));
        var (xy, xx, yy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            xy += x[i] * y[i];
            xx += x[i] * x[i];
            yy += y[i] * y[i];
        }

        return Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1);
    }

    private static bool IsConstant(IReadOnlyList<double> values) => values.All(value => value == values[0]);

    /// <summary>Distances from the mean, scaled to at most about 1 so that squares neither overflow nor vanish.</summary>
    private static double[] Centred(IReadOnlyList<double> values)
    {
        var largest = values.Max(Math.Abs);
        var scaled = values.Select(value => value / largest).ToArray();
        var mean = scaled.Average();
        var centred = scaled.Select(value => value - mean).ToArray();
        var widest = centred.Max(Math.Abs);
        return [.. centred.Select(value => value / widest)];
    }
}
