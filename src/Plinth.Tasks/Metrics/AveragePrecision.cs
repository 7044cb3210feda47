namespace Plinth.Tasks.Metrics;

/// <summary>
/// Precision at every step of the recall, weighed by that step: <c>Σ (R_n − R_{n−1}) P_n</c> over the operating points (Zhu 2004). Unlike
/// <see cref="RocAuc"/> it shows how rare positives are: chance is their share.
/// </summary>
public static class AveragePrecision
{
    /// <summary>Computes it.</summary>
    /// <param name="scores">Higher means rather positive.</param>
    /// <param name="isPositive">What is right.</param>
    /// <returns>0 to 1; NaN where nothing is positive.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a score is NaN.</exception>
    public static double Of(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive) => Of(OperatingPoint.All(scores, isPositive));

    /// <summary>Computes it of all operating points, from nothing to everything.</summary>
    internal static double Of(IReadOnlyList<OperatingPoint> points)
    {
        if (points[0].PositiveCount == 0)
        {
            return double.NaN;
        }

        var sum = 0.0;
        for (var i = 1; i < points.Count; i++)
        {
            sum += (points[i].Recall - points[i - 1].Recall) * points[i].Precision;
        }

        return sum;
    }
}
