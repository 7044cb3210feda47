namespace Plinth.Tasks.Metrics;

/// <summary>Refuses inputs that no metric can compare.</summary>
internal static class MetricInputs
{
    /// <summary>Both lists speak of the same samples, so they are equally long.</summary>
    public static void RequireSameCount<TPredicted, TExpected>(IReadOnlyList<TPredicted> predicted, IReadOnlyList<TExpected> expected)
    {
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(expected);
        if (predicted.Count != expected.Count)
        {
            throw new ArgumentException($"There are {predicted.Count} predictions for {expected.Count} expected values; give one prediction per value.", nameof(predicted));
        }
    }

    /// <summary>Each sample has at least one acceptable answer.</summary>
    public static void RequireReferences<TPredicted, TExpected>(IReadOnlyList<TPredicted> predicted, IReadOnlyList<IReadOnlyList<TExpected>> expected)
    {
        RequireSameCount(predicted, expected);
        if (expected.Index().FirstOrDefault(answers => answers.Item.Count == 0) is { Item: not null } bare)
        {
            throw new ArgumentException($"Item {bare.Index} has nothing to be compared with; give each at least one reference.", nameof(expected));
        }
    }

    /// <summary>Harmonic mean of precision and recall from counts; 0 when there is nothing to find and nothing was found.</summary>
    public static double F1(long both, long predicted, long expected) =>
        predicted + expected == 0 ? 0 : 2.0 * both / (predicted + expected);

    /// <summary>A share, 0 when the whole is empty.</summary>
    public static double Share(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
