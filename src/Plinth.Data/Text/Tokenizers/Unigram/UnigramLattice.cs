namespace Plinth.Data.Text;

/// <summary>All ways to cut a word into pieces, each with its probability.</summary>
internal sealed class UnigramLattice
{
    /// <summary>The number of what no piece covers.</summary>
    public const int Unknown = -1;

    // In nats below the rarest piece, as in SentencePiece.
    private const double UnknownPenalty = 10;

    private readonly TokenTrie trie = new();
    private readonly double[] scores;
    private readonly double unknownScore;

    /// <param name="pieces">The vocabulary; pieces are known by their place in it.</param>
    public UnigramLattice(IReadOnlyList<ScoredPiece> pieces)
    {
        scores = new double[pieces.Count];
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = pieces[i].Score;
            trie.Add(pieces[i].Text, i);
        }

        unknownScore = (scores.Length == 0 ? 0 : scores.Min()) - UnknownPenalty;
    }

    /// <summary>Pieces of the vocabulary.</summary>
    public int PieceCount => scores.Length;

    /// <summary>How many of each piece a word is expected to hold, over all ways to cut it (forward and backward sums).</summary>
    /// <param name="word">The word.</param>
    /// <param name="count">How often it occurs.</param>
    /// <param name="expected">Sums to add to, by piece.</param>
    public void AddExpected(string word, long count, double[] expected)
    {
        var edges = Edges(word, excluded: Unknown);
        var (forward, backward) = (Filled(word.Length + 1), Filled(word.Length + 1));
        (forward[0], backward[word.Length]) = (0, 0);
        foreach (var edge in edges)
        {
            forward[edge.End] = LogSum(forward[edge.End], forward[edge.Start] + edge.Score);
        }

        for (var i = edges.Count - 1; i >= 0; i--)
        {
            var edge = edges[i];
            backward[edge.Start] = LogSum(backward[edge.Start], backward[edge.End] + edge.Score);
        }

        foreach (var edge in edges)
        {
            if (edge.Piece != Unknown)
            {
                expected[edge.Piece] += count * Math.Exp(forward[edge.Start] + edge.Score + backward[edge.End] - forward[word.Length]);
            }
        }
    }

    /// <summary>The most probable cut (Viterbi 1967).</summary>
    /// <param name="word">The word.</param>
    /// <param name="excluded">A piece that may not be used, or <see cref="Unknown"/> for none.</param>
    public List<int> Best(string word, int excluded = Unknown)
    {
        var best = Filled(word.Length + 1);
        var came = new Edge[word.Length + 1];
        best[0] = 0;
        foreach (var edge in Edges(word, excluded))
        {
            if (best[edge.Start] + edge.Score > best[edge.End])
            {
                (best[edge.End], came[edge.End]) = (best[edge.Start] + edge.Score, edge);
            }
        }

        List<int> pieces = [];
        for (var end = word.Length; end > 0; end = came[end].Start)
        {
            pieces.Add(came[end].Piece);
        }

        pieces.Reverse();
        return pieces;
    }

    // By where they begin, so that all edges to a place come before those from it.
    private List<Edge> Edges(string word, int excluded)
    {
        List<Edge> edges = [];
        for (int at = 0, length; at < word.Length; at += length)
        {
            CodePoints.At(word, at, out length);
            var (node, hasCharacter) = (0, false);
            for (var end = at; end < word.Length && trie.TryStep(ref node, word[end], out var piece); end++)
            {
                if (piece >= 0 && piece != excluded)
                {
                    edges.Add(new(at, end + 1, piece, scores[piece]));
                    hasCharacter |= end + 1 == at + length;
                }
            }

            if (!hasCharacter)
            {
                edges.Add(new(at, at + length, Unknown, unknownScore));
            }
        }

        return edges;
    }

    private static double[] Filled(int length)
    {
        var values = new double[length];
        Array.Fill(values, double.NegativeInfinity);
        return values;
    }

    private static double LogSum(double x, double y)
    {
        var (most, least) = x > y ? (x, y) : (y, x);
        return double.IsNegativeInfinity(least) ? most : most + Math.Log(1 + Math.Exp(least - most));
    }

    private readonly record struct Edge(int Start, int End, int Piece, double Score);
}
