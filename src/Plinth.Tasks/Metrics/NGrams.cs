namespace Plinth.Tasks.Metrics;

/// <summary>Counts of pieces of a sequence.</summary>
internal static class NGrams
{
    // Stands between the items of a piece; no token contains it.
    private const char Between = '\n';

    public static Dictionary<string, int> Count(IReadOnlyList<string> items, int length)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i + length <= items.Count; i++)
        {
            var piece = string.Join(Between, items.Skip(i).Take(length));
            counts[piece] = counts.GetValueOrDefault(piece) + 1;
        }

        return counts;
    }

    /// <summary>Each piece as often as the sequence that has most of it.</summary>
    public static Dictionary<string, int> Most(IEnumerable<Dictionary<string, int>> sequences)
    {
        var most = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (piece, count) in sequences.SelectMany(counts => counts))
        {
            most[piece] = Math.Max(count, most.GetValueOrDefault(piece));
        }

        return most;
    }

    /// <summary>Pieces that both have, each as often as both have it.</summary>
    public static long Common(Dictionary<string, int> first, Dictionary<string, int> second) =>
        first.Sum(entry => (long)Math.Min(entry.Value, second.GetValueOrDefault(entry.Key)));
}
