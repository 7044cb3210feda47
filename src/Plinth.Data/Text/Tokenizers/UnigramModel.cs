namespace Plinth.Data.Text;

/// <summary>The most probable cut of a word under a unigram language model (Kudo 2018, arXiv:1804.10959), found with Viterbi's algorithm.</summary>
internal sealed class UnigramModel : TokenModel
{
    /// <summary>How much less probable than the rarest token an unknown character is, in nats; SentencePiece's number.</summary>
    private const double UnknownPenalty = 10;

    private readonly double[] scores;
    private readonly int? unknownId;
    private readonly double unknownScore;
    private readonly int[]? byteIds;
    private readonly TokenTrie trie = new();

    public UnigramModel(Vocabulary vocabulary, double[] scores, int? unknownId, bool fallsBackToBytes)
        : base(vocabulary)
    {
        this.scores = scores;
        this.unknownId = unknownId;
        unknownScore = (scores.Length == 0 ? 0 : scores.Min()) - UnknownPenalty;
        foreach (var (token, id) in vocabulary.Entries)
            trie.Add(token, id);
        if (!fallsBackToBytes)
            return;
        var ids = Enumerable.Range(0, 256).Select(value => vocabulary.IdOf($"<0x{value:X2}>")).ToArray();
        byteIds = Array.TrueForAll(ids, id => id is not null) ? [.. ids.Select(id => id!.Value)] : null;
    }

    public override int? UnknownId => unknownId;

    public override void Tokenize(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        var best = new (double Score, int Id, int Start)[word.Length + 1];
        for (var i = 1; i < best.Length; i++)
            best[i].Start = -1;
        for (int at = 0, length; at < word.Length; at += length)
        {
            CodePoints.At(word, at, out length);
            Extend(word, at, length, best);
        }
        var first = tokens.Count;
        for (var end = word.Length; end > 0; end = best[end].Start)
        {
            var (_, id, start) = best[end];
            if (id < 0 && tokens.Count > first && tokens[^1].Id < 0)
                tokens[^1] = tokens[^1] with { Start = start }; // unknown neighbours are one
            else
                tokens.Add(new(id, start, end));
        }
        tokens.Reverse(first, tokens.Count - first);
        Resolve(word, first, tokens);
    }

    private void Extend(ReadOnlySpan<char> word, int at, int length, (double Score, int Id, int Start)[] best)
    {
        var hasCharacter = false;
        var node = 0;
        for (var end = at; end < word.Length && trie.TryStep(ref node, word[end]); end++)
        {
            if (trie.IdAt(node) is not (>= 0 and var id))
                continue;
            Offer(best, end + 1, scores[id] + best[at].Score, id, at);
            hasCharacter |= end + 1 - at == length;
        }
        if (!hasCharacter)
            Offer(best, at + length, unknownScore + best[at].Score, -1, at);
    }

    private static void Offer((double Score, int Id, int Start)[] best, int end, double score, int id, int start)
    {
        if (best[end].Start < 0 || score > best[end].Score)
            best[end] = (score, id, start);
    }

    /// <summary>Writes unknown pieces as bytes where that is possible.</summary>
    private void Resolve(ReadOnlySpan<char> word, int first, List<WordToken> tokens)
    {
        if (!tokens.Exists(token => token.Id < 0))
            return;
        var found = tokens.GetRange(first, tokens.Count - first);
        tokens.RemoveRange(first, tokens.Count - first);
        foreach (var token in found)
        {
            if (token.Id >= 0)
                tokens.Add(token);
            else if (byteIds is not null)
                tokens.AddRange(Bytes(word, token.Start, token.End));
            else if (unknownId is { } unknown)
                tokens.Add(token with { Id = unknown });
        }
    }

    private List<WordToken> Bytes(ReadOnlySpan<char> word, int start, int end)
    {
        List<WordToken> bytes = [];
        for (int i = start, length; i < end; i += length)
        {
            CodePoints.At(word[..end], i, out length);
            foreach (var value in System.Text.Encoding.UTF8.GetBytes(word.Slice(i, length).ToArray()))
                bytes.Add(new(byteIds![value], i, i + length));
        }
        return bytes;
    }
}
