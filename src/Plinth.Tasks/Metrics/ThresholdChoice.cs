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

    /// <summary>Finds enough positives with as few false ones as can be.</summary>
    /// <param name="scores">Higher means rather positive.</param>
    /// <param name="isPositive">What is right.</param>
    /// <param name="recall">The least share of the positives; above 0, to 1.</param>
    /// <returns>The point of the highest precision, and of the highest recall among those; null where nothing is positive.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, a score is NaN, or the recall is none.</exception>
    public static OperatingPoint? ForRecall(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive, double recall)
    {
        RequireShare(recall, nameof(recall));
        var enough = OperatingPoint.All(scores, isPositive).Where(point => point.TruePositives > 0 && point.Recall >= recall).ToList();
        return enough.Count == 0 ? null : enough.MaxBy(point => (point.Precision, point.TruePositives));
    }

    /// <summary>Weighs precision and recall alike, by the highest F1.</summary>
    /// <param name="scores">Higher means rather positive.</param>
    /// <param name="isPositive">What is right.</param>
    /// <returns>The point; null where nothing is positive.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a score is NaN.</exception>
    public static OperatingPoint? ForF1(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive)
    {
        var finding = OperatingPoint.All(scores, isPositive).Where(point => point.TruePositives > 0).ToList();
        return finding.Count == 0 ? null : finding.MaxBy(point => MetricInputs.F1(point.TruePositives, point.TruePositives + point.FalsePositives, point.PositiveCount));
    }

    private static void RequireShare(double share, string name)
    {
        if (share is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(name, share, "A share is between 0 and 1.");
        }
    }
}
