namespace Plinth.Data.Text;

/// <summary>One round of expectation and maximisation (Dempster et al. 1977): how often pieces are expected, and what their probabilities then are.</summary>
internal static class PieceExpectation
{
    // A piece expected less often than this is let go; SentencePiece's number.
    private const double LeastExpected = 0.5;

    /// <summary>How often each piece is expected in all words.</summary>
    public static double[] Counts(UnigramLattice lattice, WeightedWords corpus, CancellationToken cancellation) =>
        corpus.Sum(lattice.PieceCount, lattice.AddExpected, cancellation);

    /// <summary>The pieces that are expected often enough, with their new scores. Few counts count less, as a Dirichlet prior makes it (Liang and Klein 2007).</summary>
    public static List<ScoredPiece> Maximize(List<ScoredPiece> pieces, double[] counts)
    {
        var sum = Digamma(counts.Where(count => count >= LeastExpected).Sum());
        return [.. pieces.Where((_, i) => counts[i] >= LeastExpected).Zip(counts.Where(count => count >= LeastExpected), (piece, count) => piece with { Score = Digamma(count) - sum })];
    }

    /// <summary>The derivative of the logarithm of the gamma function, by its asymptotic series (Abramowitz and Stegun 1964, 6.3.18).</summary>
    private static double Digamma(double value)
    {
        var result = 0.0;
        for (; value < 7; value++)
        {
            result -= 1 / value;
        }

        value -= 0.5;
        var inverse = 1 / value;
        var square = inverse * inverse;
        return result + Math.Log(value) + square * (1.0 / 24 - square * (7.0 / 960 - square * (31.0 / 8064 - square * (127.0 / 30720))));
    }
}
