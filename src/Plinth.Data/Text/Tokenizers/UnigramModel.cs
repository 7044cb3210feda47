namespace Plinth.Data.Text;

/// <summary>How a <see cref="UnigramModel" /> treats what is not in the plain case.</summary>
internal sealed record UnigramOptions
{
    public int? UnknownId { get; init; }

    public bool FallsBackToBytes { get; init; }

    /// <summary>Tokens that stand in text; null for all.</summary>
    public Func<int, bool>? StandsInText { get; init; }

    /// <summary>The least score of a token that was learnt; null for the least of all.</summary>
    public double? LeastScore { get; init; }

    /// <summary>Whether sums of scores are rounded to single precision, as SentencePiece's are: it decides between cuts that are as good as equal.</summary>
    public bool IsSinglePrecision { get; init; }
}

/// <summary>The most probable cut of a word under a unigram language model (Kudo 2018, arXiv:1804.10959), found with Viterbi's algorithm.</summary>
internal sealed class UnigramModel : TokenModel
{
    /// <summary>How much less probable than the rarest token an unknown character is, in nats; SentencePiece's number.</summary>
    private const double UnknownPenalty = 10;

    private readonly double[] scores;
    private readonly UnigramOptions options;
    private readonly double unknownScore;
    private readonly int[]? byteIds;
    private readonly TokenTrie trie = new();

    /// <param name="vocabulary">Tokens.</param>
    /// <param name="scores">The logarithm of each token's probability, by id.</param>
    /// <param name="options">Special cases.</param>
    public UnigramModel(Vocabulary vocabulary, double[] scores, UnigramOptions options)
        : base(vocabulary)
    {
        (this.scores, this.options) = (scores, options);
        unknownScore = Rounded((options.LeastScore ?? (scores.Length == 0 ? 0 : scores.Min())) - UnknownPenalty);
        foreach (var (token, id) in vocabulary.Entries)
        {
            if (options.StandsInText?.Invoke(id) != false)
            {
                trie.Add(token, id);
            }
        }
        byteIds = options.FallsBackToBytes ? vocabulary.AllOf(ByteLevel.Pieces) : null;
    }

    public override int? UnknownId => options.UnknownId;

    public override void Tokenize(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        var best = System.Buffers.ArrayPool<Step>.Shared.Rent(word.Length + 1);
        try
        {
            best.AsSpan(1, word.Length).Fill(new(0, -1, -1));
            best[0] = default;
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
                {
                    tokens[^1] = tokens[^1] with { Start = start }; // unknown neighbours are one
                }
                else
                {
                    tokens.Add(new(id, start, end));
                }
            }
            tokens.Reverse(first, tokens.Count - first);
            Resolve(word, first, tokens);
        }
        finally
        {
            System.Buffers.ArrayPool<Step>.Shared.Return(best);
        }
    }

    private void Extend(ReadOnlySpan<char> word, int at, int length, Step[] best)
    {
        var (hasCharacter, node, before) = (false, 0, best[at].Score);
        for (var end = at; end < word.Length && trie.TryStep(ref node, word[end], out var id); end++)
        {
            if (id < 0)
            {
                continue;
            }

            Offer(best, end + 1, scores[id] + before, id, at);
            hasCharacter |= end + 1 - at == length;
        }
        if (!hasCharacter)
        {
            Offer(best, at + length, Rounded(unknownScore + before), -1, at);
        }
    }

    private void Offer(Step[] best, int end, double score, int id, int start)
    {
        ref var step = ref best[end];
        if (step.Start < 0 || score > step.Score)
        {
            step = new(Rounded(score), id, start);
        }
    }

    private double Rounded(double score) => options.IsSinglePrecision ? (float)score : score;

    /// <summary>Writes unknown pieces as bytes where that is possible.</summary>
    private void Resolve(ReadOnlySpan<char> word, int first, List<WordToken> tokens)
    {
        if (tokens.FindIndex(first, token => token.Id < 0) < 0)
        {
            return;
        }

        var found = tokens.GetRange(first, tokens.Count - first);
        tokens.RemoveRange(first, tokens.Count - first);
        foreach (var token in found)
        {
            if (token.Id >= 0)
            {
                tokens.Add(token);
            }
            else if (byteIds is not null)
            {
                AddBytes(word, token.Start, token.End, tokens);
            }
            else if (options.UnknownId is { } unknown)
            {
                tokens.Add(token with { Id = unknown });
            }
        }
    }

    private void AddBytes(ReadOnlySpan<char> word, int start, int end, List<WordToken> tokens)
    {
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = start, length; i < end; i += length)
        {
            var rune = CodePoints.ToRune(CodePoints.At(word[..end], i, out length));
            foreach (var value in utf8[..rune.EncodeToUtf8(utf8)])
            {
                tokens.Add(new(byteIds![value], i, i + length));
            }
        }
    }

    /// <summary>The best way to a place: its score, its last token, and where that begins.</summary>
    private readonly record struct Step(double Score, int Id, int Start);
}
