namespace Plinth.Tasks.Metrics;

/// <summary>Correlation of ranks (Spearman 1904): <see cref="Pearson"/> of the ranks, where equal values share the mean of their ranks.</summary>
public static class Spearman
{
    /// <summary>Compares one value per sample.</summary>
    /// <returns>-1 to 1; 0 when either side is constant; NaN for no samples or when a value is NaN. Infinities rank as the ends.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Of(IReadOnlyList<double> predicted, IReadOnlyList<double> expected)
    {
        MetricInputs.RequireSameCount(predicted, expected);
        return predicted.Any(double.IsNaN) || expected.Any(double.IsNaN)
            ? double.NaN
            : Pearson.Of(AverageRanks(predicted), AverageRanks(expected));
    }

    /// <summary>Rank of each value from 1, the smallest first; equal values all get the mean of the ranks that they fill.</summary>
    public static IReadOnlyList<double> AverageRanks(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var order = Enumerable.Range(0, values.Count).OrderBy(i => values[i]).ToArray();
        var ranks = new double[values.Count];
        for (var first = 0; first < order.Length;)
        {
            var next = first + 1;
            while (next < order.Length && values[order[next]] == values[order[first]])
            {
                next++;
            }

            foreach (var i in order.AsSpan(first, next - first))
            {
                ranks[i] = (first + 1 + next) / 2.0;
            }

            first = next;
        }

        return ranks;
    }
}
