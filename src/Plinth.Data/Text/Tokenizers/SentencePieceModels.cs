namespace Plinth.Data.Text;

/// <summary>Makes the model that a SentencePiece file describes.</summary>
internal static class SentencePieceModels
{
    /// <summary>What a user-defined piece loses against the best score, so that of two ways to cut one the longer wins; SentencePiece's number.</summary>
    private const double UserDefinedLoss = 0.1;

    public static TokenModel Make(SentencePieceFile file, Vocabulary vocabulary) => file.Model switch
    {
        PieceModelKind.Unigram => Unigram(file, vocabulary),
        PieceModelKind.Bpe => Pairs(file, vocabulary, Ranks(file)),
        PieceModelKind.Character => Pairs(file, vocabulary, [.. file.Pieces.Select(piece => piece.Text.EnumerateRunes().Count() == 1 && IsText(piece) ? 0 : -1)]),
        _ => new WordLevelModel(vocabulary, file.UnknownId),
    };

    private static bool IsText(SentencePiece piece) => piece.Kind is PieceKind.Normal or PieceKind.UserDefined or PieceKind.Unused;

    private static UnigramModel Unigram(SentencePieceFile file, Vocabulary vocabulary)
    {
        var learnt = file.Pieces.Where(piece => piece.Kind == PieceKind.Normal).Select(piece => piece.Score).DefaultIfEmpty();
        var (least, most) = (learnt.Min(), learnt.Max());
        var scores = file.Pieces.Select(piece => piece.Kind == PieceKind.UserDefined
            ? System.Text.Encoding.UTF8.GetByteCount(piece.Text) * most - UserDefinedLoss
            : piece.Score);
        return new(vocabulary, [.. scores], new()
        {
            UnknownId = file.UnknownId,
            FallsBackToBytes = file.FallsBackToBytes,
            StandsInText = id => IsText(file.Pieces[id]) && file.Pieces[id].Kind != PieceKind.Unused,
            LeastScore = least,
            IsSinglePrecision = true,
        });
    }

    private static BpeModel Pairs(SentencePieceFile file, Vocabulary vocabulary, int[] ranks) => new(vocabulary, BpeMerges.FromRanks(vocabulary, id => ranks[id]), new()
    {
        UnknownId = file.UnknownId,
        FusesUnknown = true,
        FallsBackToBytes = file.FallsBackToBytes,
        StandsInText = id => ranks[id] >= 0,
        WholeWords = file.Pieces.Index().Where(piece => piece.Item.Kind == PieceKind.UserDefined).Select(piece => piece.Index).ToHashSet(),
    });

    /// <summary>The highest score merges first; pieces of equal score, where the leftmost pair decides, have equal ranks.</summary>
    private static int[] Ranks(SentencePieceFile file)
    {
        var ranks = new int[file.Pieces.Count];
        Array.Fill(ranks, -1);
        var (rank, last) = (-1, float.PositiveInfinity);
        foreach (var (id, piece) in file.Pieces.Index().Where(entry => IsText(entry.Item)).OrderByDescending(entry => entry.Item.Score))
        {
            if (piece.Score < last)
            {
                rank++;
            }

            ranks[id] = rank;
            last = piece.Score;
        }
        return ranks;
    }
}
