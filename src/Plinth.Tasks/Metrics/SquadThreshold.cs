namespace Plinth.Tasks.Metrics;

/// <summary>The margin over which silence scores best on labelled questions.</summary>
/// <param name="F1">Mean F1 with that margin.</param>
/// <param name="Margin">What the score of silence has to exceed the best piece's by.</param>
public sealed record SquadThreshold(double F1, double Margin)
{
    /// <summary>Finds it, as the evaluation of SQuAD 2.0 does (Rajpurkar et al. 2018, arXiv:1806.03822): every margin that occurs is tried.</summary>
    /// <param name="pieces">The best piece for each question, or null where there was none.</param>
    /// <param name="margins">By how much silence scored above that piece.</param>
    /// <param name="expected">Acceptable answers per question; empty for none.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static SquadThreshold Of(IReadOnlyList<string?> pieces, IReadOnlyList<double> margins, IReadOnlyList<IReadOnlyList<string>> expected)
    {
        MetricInputs.RequireSameCount(pieces, expected);
        MetricInputs.RequireSameCount(margins, expected);
        // From silence everywhere towards an answer everywhere, questions with the surest pieces first.
        var sum = expected.Sum(answers => SquadMetrics.F1(null, answers));
        var best = new SquadThreshold(sum, margins.Where(double.IsFinite).DefaultIfEmpty(0).Min() - 1);
        foreach (var same in Enumerable.Range(0, pieces.Count).GroupBy(i => margins[i]).OrderBy(group => group.Key))
        {
            sum += same.Sum(i => SquadMetrics.F1(pieces[i], expected[i]) - SquadMetrics.F1(null, expected[i]));
            best = sum > best.F1 ? new(sum, same.Key) : best;
        }

        return best with { F1 = expected.Count == 0 ? double.NaN : best.F1 / expected.Count };
    }
}
