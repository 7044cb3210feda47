namespace Plinth.Tasks.Metrics;

/// <summary>Share of right answers: <c>|{i : predicted_i = expected_i}| / n</c>.</summary>
public static class Accuracy
{
    /// <summary>Compares one class per sample.</summary>
    /// <returns>0 to 1; NaN for no samples, since nothing was measured.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Of(IReadOnlyList<int> predicted, IReadOnlyList<int> expected)
    {
        MetricInputs.RequireSameCount(predicted, expected);
        var right = 0;
        for (var i = 0; i < expected.Count; i++)
        {
            right += predicted[i] == expected[i] ? 1 : 0;
        }

        return expected.Count == 0 ? double.NaN : (double)right / expected.Count;
    }

    /// <summary>Compares sets of classes (multi-label): a sample is right when its whole set is (subset accuracy).</summary>
    /// <returns>0 to 1; NaN for no samples.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double OfSets(IReadOnlyList<IReadOnlyCollection<int>> predicted, IReadOnlyList<IReadOnlyCollection<int>> expected)
    {
        MetricInputs.RequireSameCount(predicted, expected);
        var right = 0;
        for (var i = 0; i < expected.Count; i++)
        {
            right += new HashSet<int>(predicted[i]).SetEquals(expected[i]) ? 1 : 0;
        }

        return expected.Count == 0 ? double.NaN : (double)right / expected.Count;
    }
}
