namespace Plinth.Tasks.Metrics;

/// <summary>Mean of <c>1 / rank</c> over queries (Voorhees 1999, TREC-8 question answering); an item that was not retrieved adds 0.</summary>
public static class MeanReciprocalRank
{
    /// <summary>Scores ranks as <see cref="RetrievalRank"/> gives them.</summary>
    /// <param name="ranks">Rank of the wanted item per query, from 1; 0 when it was not retrieved.</param>
    /// <returns>0 to 1; NaN for no queries.</returns>
    /// <exception cref="ArgumentException">A rank is negative.</exception>
    public static double Of(IReadOnlyList<int> ranks)
    {
        RetrievalRank.Require(ranks);
        return ranks.Count == 0 ? double.NaN : ranks.Average(rank => rank == 0 ? 0 : 1.0 / rank);
    }
}
