namespace Plinth.Tasks.Metrics;

/// <summary>Where a retrieval put the one item that was wanted: 1 is the top, 0 means that it was not retrieved at all.</summary>
public static class RetrievalRank
{
    /// <summary>Rank of one item among scores, higher is better. Ties and NaN count against the wanted item, so a model that says the same of all gains nothing.</summary>
    /// <param name="scores">One score per candidate.</param>
    /// <param name="wanted">Position of the wanted candidate.</param>
    /// <returns>1 to the number of candidates.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="wanted"/> is not a position of <paramref name="scores"/>.</exception>
    public static int Of(ReadOnlySpan<float> scores, int wanted)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(wanted);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(wanted, scores.Length);
        var rank = 0;
        foreach (var score in scores)
        {
            rank += score < scores[wanted] ? 0 : 1;
        }

        return rank;
    }

    internal static void Require(IReadOnlyList<int> ranks)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        foreach (var rank in ranks)
        {
            if (rank < 0)
            {
                throw new ArgumentException($"{rank} is not a rank: 1 is the top, 0 means not retrieved.", nameof(ranks));
            }
        }
    }
}
