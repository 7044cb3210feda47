namespace Plinth.Tasks.Metrics;

/// <summary>Where as many positives are missed as negatives are let through, both as shares of their own: how verification of voices and faces is scored.</summary>
/// <param name="Rate">Both shares, between the two operating points around it by a straight line; 0 to 1.</param>
/// <param name="Threshold">The highest score at which no larger share is missed than let through.</param>
public sealed record EqualErrorRate(double Rate, double Threshold)
{
    /// <summary>Finds it.</summary>
    /// <param name="scores">Higher means rather positive.</param>
    /// <param name="isPositive">What is right.</param>
    /// <returns>NaN for both where one class has no samples.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a score is NaN.</exception>
    public static EqualErrorRate Of(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive)
    {
        var points = OperatingPoint.All(scores, isPositive);
        if (points[0].PositiveCount == 0 || points[0].NegativeCount == 0)
        {
            return new(double.NaN, double.NaN);
        }

        // Nothing is let through at the first point and nothing missed at the last, so the two cross.
        var at = Enumerable.Range(1, points.Count - 1).First(i => points[i].FalsePositiveRate >= points[i].MissRate);
        var (before, after) = (points[at - 1], points[at]);
        var (missing, over) = (before.MissRate - before.FalsePositiveRate, after.FalsePositiveRate - after.MissRate);
        var share = missing / (missing + over);
        return new(before.FalsePositiveRate + (share * (after.FalsePositiveRate - before.FalsePositiveRate)), after.Threshold);
    }
}
