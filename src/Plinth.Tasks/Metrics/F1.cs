namespace Plinth.Tasks.Metrics;

/// <summary>
/// Harmonic mean of precision and recall (van Rijsbergen 1979, "Information Retrieval"):
/// <c>F1 = 2 TP / (2 TP + FP + FN)</c>, per class or pooled.
/// A class that is neither expected nor predicted scores 0; no samples at all give NaN.
/// </summary>
public static class F1
{
    /// <summary>F1 of one class against the rest.</summary>
    /// <param name="positive">The class that counts.</param>
    /// <returns>0 to 1.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Binary(IReadOnlyList<int> predicted, IReadOnlyList<int> expected, int positive = 1) =>
        Count(predicted, expected) is var counts && expected.Count == 0 ? double.NaN
            : counts.TryGetValue(positive, out var count) ? count.F1 : 0;

    /// <summary>Mean of the F1 of every class that is expected or predicted at least once, each with equal weight.</summary>
    /// <returns>0 to 1.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Macro(IReadOnlyList<int> predicted, IReadOnlyList<int> expected)
    {
        var counts = Count(predicted, expected);
        return counts.Count == 0 ? double.NaN : counts.Values.Average(count => count.F1);
    }

    /// <summary>F1 of the counts pooled over all classes; with one class per sample it equals <see cref="Accuracy"/>.</summary>
    /// <returns>0 to 1.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Micro(IReadOnlyList<int> predicted, IReadOnlyList<int> expected) =>
        Pool(Count(predicted, expected).Values, expected.Count);

    /// <summary>Multi-label mean over the classes 0 to <paramref name="classCount"/> - 1, absent ones included as 0.</summary>
    /// <returns>0 to 1.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a class is out of range.</exception>
    public static double MacroOfSets(
        IReadOnlyList<IReadOnlyCollection<int>> predicted, IReadOnlyList<IReadOnlyCollection<int>> expected, int classCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classCount);
        var counts = CountSets(predicted, expected);
        var strange = counts.Keys.Where(c => c < 0 || c >= classCount).ToList();
        return strange.Count > 0
            ? throw new ArgumentException($"There is no class {strange[0]}; known are 0 to {classCount - 1}.", nameof(classCount))
            : expected.Count == 0 ? double.NaN
            : counts.Values.Sum(count => count.F1) / classCount;
    }

    /// <summary>Multi-label F1 of the counts pooled over all classes.</summary>
    /// <returns>0 to 1; 0 when no class is expected or predicted anywhere.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double MicroOfSets(IReadOnlyList<IReadOnlyCollection<int>> predicted, IReadOnlyList<IReadOnlyCollection<int>> expected) =>
        Pool(CountSets(predicted, expected).Values, expected.Count);

    private static double Pool(IReadOnlyCollection<ClassCount> counts, int samples) =>
        samples == 0 ? double.NaN : MetricInputs.F1(counts.Sum(c => c.Both), counts.Sum(c => c.Predicted), counts.Sum(c => c.Expected));

    private static Dictionary<int, ClassCount> Count(IReadOnlyList<int> predicted, IReadOnlyList<int> expected)
    {
        MetricInputs.RequireSameCount(predicted, expected);
        var counts = new Dictionary<int, ClassCount>();
        for (var i = 0; i < expected.Count; i++)
        {
            Of(counts, predicted[i]).Predicted++;
            Of(counts, expected[i]).Expected++;
            Of(counts, expected[i]).Both += predicted[i] == expected[i] ? 1 : 0;
        }

        return counts;
    }

    private static Dictionary<int, ClassCount> CountSets(
        IReadOnlyList<IReadOnlyCollection<int>> predicted, IReadOnlyList<IReadOnlyCollection<int>> expected)
    {
        MetricInputs.RequireSameCount(predicted, expected);
        var counts = new Dictionary<int, ClassCount>();
        for (var i = 0; i < expected.Count; i++)
        {
            var wanted = new HashSet<int>(expected[i]);
            foreach (var label in predicted[i].Distinct())
            {
                Of(counts, label).Predicted++;
                Of(counts, label).Both += wanted.Contains(label) ? 1 : 0;
            }

            foreach (var label in wanted)
            {
                Of(counts, label).Expected++;
            }
        }

        return counts;
    }

    private static ClassCount Of(Dictionary<int, ClassCount> counts, int label)
    {
        if (!counts.TryGetValue(label, out var count))
        {
            counts[label] = count = new();
        }

        return count;
    }

    private sealed class ClassCount
    {
        public long Both { get; set; }

        public long Predicted { get; set; }

        public long Expected { get; set; }

        public double F1 => MetricInputs.F1(Both, Predicted, Expected);
    }
}
