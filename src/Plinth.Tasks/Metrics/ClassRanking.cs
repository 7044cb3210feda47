namespace Plinth.Tasks.Metrics;

/// <summary>How well scores set the samples of a class before all others, whatever the threshold; the mean over classes, each against the rest.</summary>
/// <param name="RocAuc">Mean of <see cref="Metrics.RocAuc"/>; NaN where no class has samples within and without.</param>
/// <param name="AveragePrecision">Mean of <see cref="Metrics.AveragePrecision"/> over the same classes.</param>
public sealed record ClassRanking(double RocAuc, double AveragePrecision)
{
    /// <summary>Ranks the samples by the score of each class; classes that all samples have, or none, say nothing and are left out.</summary>
    /// <param name="scores">Scores of all classes per sample.</param>
    /// <param name="expected">Classes of each sample.</param>
    /// <param name="classes">The classes that count; of two that exclude each other one says it all.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or a score is NaN.</exception>
    public static ClassRanking Of(IReadOnlyList<IReadOnlyList<double>> scores, IReadOnlyList<IReadOnlyCollection<int>> expected, IEnumerable<int> classes)
    {
        MetricInputs.RequireSameCount(scores, expected);
        ArgumentNullException.ThrowIfNull(classes);
        IReadOnlyList<OperatingPoint>[] curves =
        [
            .. classes
                .Select(number => OperatingPoint.All([.. scores.Select(own => own[number])], [.. expected.Select(set => set.Contains(number))]))
                .Where(points => points[0].PositiveCount > 0 && points[0].NegativeCount > 0),
        ];
        return curves.Length == 0 ? new(double.NaN, double.NaN) : new(curves.Average(Metrics.RocAuc.Of), curves.Average(Metrics.AveragePrecision.Of));
    }
}
