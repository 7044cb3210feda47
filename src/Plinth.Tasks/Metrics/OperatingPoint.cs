namespace Plinth.Tasks.Metrics;

/// <summary>What a threshold does to labelled scores: those at or above it are said to be positive.</summary>
/// <param name="Threshold">The score; positive infinity where nothing is said to be positive.</param>
/// <param name="TruePositives">Positive samples at or above it.</param>
/// <param name="FalsePositives">Negative samples at or above it.</param>
/// <param name="PositiveCount">Positive samples in all.</param>
/// <param name="NegativeCount">Negative samples in all.</param>
public readonly record struct OperatingPoint(double Threshold, int TruePositives, int FalsePositives, int PositiveCount, int NegativeCount)
{
    /// <summary>Share of the positive samples that are found; 0 without any.</summary>
    public double Recall => MetricInputs.Share(TruePositives, PositiveCount);

    /// <summary>Share of what is said to be positive that is; 1 where nothing is, for nothing said is wrong.</summary>
    public double Precision => TruePositives + FalsePositives == 0 ? 1 : (double)TruePositives / (TruePositives + FalsePositives);

    /// <summary>Share of the negative samples that are said to be positive; 0 without any.</summary>
    public double FalsePositiveRate => MetricInputs.Share(FalsePositives, NegativeCount);

    /// <summary>Share of the positive samples that are missed; 0 without any.</summary>
    public double MissRate => MetricInputs.Share(PositiveCount - TruePositives, PositiveCount);

    /// <summary>All points that some threshold reaches, from nothing to everything; equal scores stand or fall together.</summary>
    /// <param name="scores">Higher means rather positive.</param>
    /// <param name="isPositive">What is right.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or a score is NaN.</exception>
    public static IReadOnlyList<OperatingPoint> All(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive)
    {
        MetricInputs.RequireSameCount(scores, isPositive);
        if (scores.Any(double.IsNaN))
        {
            throw new ArgumentException("A score is NaN and stands nowhere among the others.", nameof(scores));
        }

        var positives = isPositive.Count(positive => positive);
        var current = new OperatingPoint(double.PositiveInfinity, 0, 0, positives, isPositive.Count - positives);
        List<OperatingPoint> points = [current];
        foreach (var same in Enumerable.Range(0, scores.Count).GroupBy(i => scores[i]).OrderByDescending(group => group.Key))
        {
            var hits = same.Count(i => isPositive[i]);
            current = current with { Threshold = same.Key, TruePositives = current.TruePositives + hits, FalsePositives = current.FalsePositives + same.Count() - hits };
            points.Add(current);
        }

        return points;
    }
}
