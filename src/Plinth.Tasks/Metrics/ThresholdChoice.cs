namespace Plinth.Tasks.Metrics;

/// <summary>Chooses the threshold of a decision on labelled samples that the model was not trained on.</summary>
public static class ThresholdChoice
{
    /// <summary>Finds most positives while enough of what is said to be positive is.</summary>
    /// <param name="scores">Higher means rather positive.</param>
    /// <param name="isPositive">What is right.</param>
    /// <param name="precision">The least precision; 0 to 1.</param>
    /// <returns>The point of the highest recall, and of the highest precision among those; null where no threshold that finds anything is precise enough.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, a score is NaN, or the precision is none.</exception>
    public static OperatingPoint? ForPrecision(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive, double precision)
    {
        RequireShare(precision, nameof(precision));
        var enough = OperatingPoint.All(scores, isPositive).Where(point => point.TruePositives > 0 && point.Precision >= precision).ToList();
        return enough.Count == 0 ? null : enough.MaxBy(point => (point.TruePositives, point.Precision));
    }

    /// <summary>Finds most positives while few enough negatives are let through.</summary>
    /// <param name="scores">Higher means rather positive.</param>
    /// <param name="isPositive">What is right.</param>
    /// <param name="rate">The largest share of the negatives; 0 to 1.</param>
    /// <returns>The point of the highest recall, and of the fewest let through among those; it may say of nothing that it is positive.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, a score is NaN, or the rate is none.</exception>
    public static OperatingPoint ForFalsePositiveRate(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive, double rate)
    {
        RequireShare(rate, nameof(rate));
        return OperatingPoint.All(scores, isPositive).Where(point => point.FalsePositiveRate <= rate).MaxBy(point => (point.TruePositives, -point.FalsePositives));
    }

    private static void RequireShare(double share, string name)
    {
        if (share is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(name, share, "A share is between 0 and 1.");
        }
    }
}
