namespace Plinth.Tasks.Metrics;

/// <summary>Share of queries whose one wanted item is among the first k: <c>|{q : 1 ≤ rank_q ≤ k}| / n</c>.</summary>
public static class RecallAtK
{
    /// <summary>Scores ranks as <see cref="RetrievalRank"/> gives them.</summary>
    /// <param name="ranks">Rank of the wanted item per query, from 1; 0 when it was not retrieved.</param>
    /// <param name="k">How many places count, at least 1.</param>
    /// <returns>0 to 1; NaN for no queries.</returns>
    /// <exception cref="ArgumentException">A rank is negative, or <paramref name="k"/> is less than 1.</exception>
    public static double Of(IReadOnlyList<int> ranks, int k)
    {
        RetrievalRank.Require(ranks);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return ranks.Count == 0 ? double.NaN : (double)ranks.Count(rank => rank >= 1 && rank <= k) / ranks.Count;
    }
}
