namespace Plinth.Tasks.Metrics;

/// <summary>
/// Correlation of two classifications (Matthews 1975), for any number of classes (Gorodkin 2004, R_K):
/// <c>(c s - Σ p_k t_k) / sqrt((s² - Σ p_k²)(s² - Σ t_k²))</c> with c right answers of s, and class k predicted p_k and expected t_k times.
/// </summary>
public static class MatthewsCorrelation
{
    /// <summary>Compares one class per sample.</summary>
    /// <returns>-1 to 1; 0 when either side holds a single class; NaN for no samples.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Of(IReadOnlyList<int> predicted, IReadOnlyList<int> expected)
    {
        MetricInputs.RequireSameCount(predicted, expected);
        if (expected.Count == 0)
        {
            return double.NaN;
        }

        var predictedCounts = predicted.CountBy(label => label).ToDictionary();
        var expectedCounts = expected.CountBy(label => label).ToDictionary();
        if (predictedCounts.Count == 1 || expectedCounts.Count == 1)
        {
            return 0;
        }

        double samples = expected.Count;
        double right = Enumerable.Range(0, expected.Count).Count(i => predicted[i] == expected[i]);
        var byChance = expectedCounts.Sum(pair => (double)pair.Value * predictedCounts.GetValueOrDefault(pair.Key));
        return ((right * samples) - byChance) / Math.Sqrt(Spread(predictedCounts, samples) * Spread(expectedCounts, samples));
    }

    private static double Spread(Dictionary<int, int> counts, double samples) =>
        (samples * samples) - counts.Values.Sum(count => (double)count * count);
}
