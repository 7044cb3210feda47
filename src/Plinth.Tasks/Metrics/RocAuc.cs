namespace Plinth.Tasks.Metrics;

/// <summary>
/// Probability that a positive sample scores above a negative one, equal scores counting half: the area under the curve of recall over the
/// rate of false positives (Hanley, McNeil 1982).
/// </summary>
public static class RocAuc
{
    /// <summary>Scores a two-class decision.</summary>
    /// <param name="scores">Higher means rather positive.</param>
    /// <param name="isPositive">What is right.</param>
    /// <returns>0 to 1, 0.5 for chance; NaN where one class has no samples.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a score is NaN.</exception>
    public static double Of(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive) => Of(OperatingPoint.All(scores, isPositive));

    /// <summary>Computes it of all operating points, from nothing to everything.</summary>
    internal static double Of(IReadOnlyList<OperatingPoint> points)
    {
        if (points[0].PositiveCount == 0 || points[0].NegativeCount == 0)
        {
            return double.NaN;
        }

        var area = 0.0;
        for (var i = 1; i < points.Count; i++)
        {
            area += (points[i].FalsePositiveRate - points[i - 1].FalsePositiveRate) * (points[i].Recall + points[i - 1].Recall) / 2;
        }

        return area;
    }
}
