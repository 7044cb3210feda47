namespace Plinth.Data.Text;

/// <summary>Lets go of the pieces without which the text stays most probable.</summary>
internal static class PiecePruning
{
    /// <summary>The pieces that matter most, all characters among them.</summary>
    /// <param name="pieces">The vocabulary.</param>
    /// <param name="corpus">The words.</param>
    /// <param name="kept">How many are to stay.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static List<ScoredPiece> Prune(List<ScoredPiece> pieces, WeightedWords corpus, int kept, CancellationToken cancellation)
    {
        var lattice = new UnigramLattice(pieces);
        var counts = corpus.Sum(pieces.Count, (word, count, sums) =>
        {
            foreach (var piece in lattice.Best(word))
            {
                if (piece != UnigramLattice.Unknown)
                {
                    sums[piece] += count;
                }
            }
        }, cancellation);
        var sum = counts.Sum();
        var losses = new double[pieces.Count];
        Parallel.For(0, pieces.Count, new() { CancellationToken = cancellation }, i => losses[i] = Loss(pieces[i].Text, i, lattice, counts, sum));
        var keptPlaces = Enumerable.Range(0, pieces.Count).Where(i => losses[i] > 0).OrderByDescending(i => losses[i]).ThenBy(i => pieces[i].Text, StringComparer.Ordinal).Take(kept).ToHashSet();
        return [.. pieces.Where((_, i) => keptPlaces.Contains(i))];
    }

    /// <summary>How much less probable, in nats, the text becomes when a piece is spelled by others; infinite for a character, which is spelled by none.</summary>
    private static double Loss(string text, int piece, UnigramLattice lattice, double[] counts, double sum)
    {
        var others = lattice.Best(text, excluded: piece);
        if (others.Contains(UnigramLattice.Unknown))
        {
            return double.PositiveInfinity;
        }

        if (counts[piece] == 0)
        {
            return 0;
        }

        // Its counts become theirs, and the sum of all counts grows by what they are more.
        var newSum = Math.Log(sum + counts[piece] * (others.Count - 1));
        var after = others.Sum(other => Math.Log(counts[other] + counts[piece]) - newSum);
        return Math.Max(double.Epsilon, counts[piece] * (Math.Log(counts[piece]) - Math.Log(sum) - after));
    }
}
