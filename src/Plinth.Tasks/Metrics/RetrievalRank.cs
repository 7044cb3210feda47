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

    /// <summary>Rank of the best of several items that are all wanted, as the captions of one picture are; they do not stand in each other's way.</summary>
    /// <param name="scores">One score per candidate.</param>
    /// <param name="wanted">Positions of the wanted candidates.</param>
    /// <returns>1 to the number of candidates; 0 where none is wanted.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An element of <paramref name="wanted"/> is not a position of <paramref name="scores"/>.</exception>
    public static int OfBest(ReadOnlySpan<float> scores, IReadOnlyCollection<int> wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var (best, ranks) = (0, new Dictionary<int, int>());
        foreach (var item in wanted)
        {
            ranks[item] = Of(scores, item);
        }

        foreach (var (item, among) in ranks)
        {
            var rank = among;
            foreach (var other in ranks.Keys)
            {
                rank -= other != item && !(scores[other] < scores[item]) ? 1 : 0;
            }

            best = best == 0 ? rank : Math.Min(best, rank);
        }

        return best;
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
