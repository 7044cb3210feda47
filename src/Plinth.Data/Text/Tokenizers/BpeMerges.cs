using Plinth.Core;

namespace Plinth.Data.Text;

/// <summary>Which pairs of symbols merge, how early, and into what.</summary>
internal sealed class BpeMerges
{
    private readonly LongTable pairs;
    private readonly HashSet<long> bridges = [];

    private BpeMerges(int capacity) => pairs = new(capacity);

    /// <summary>Code points that are no tokens themselves but parts of some, by the id that stands for each until a merge takes it.</summary>
    public IReadOnlyDictionary<int, int> Fragments { get; private init; } = new Dictionary<int, int>();

    public int Count => pairs.Count;

    /// <summary>Rank and merged id of a pair, as one number of which the rank is the upper half; <see cref="long.MaxValue" /> when it does not merge.</summary>
    public long ValueOf(int left, int right) => pairs.Get(Key(left, right), long.MaxValue);

    /// <summary>Whether any merge ever joins two code points.</summary>
    public bool Bridge(int before, int after) => bridges.Contains(Key(before, after));

    /// <summary>Merges as they were learnt, the most important first.</summary>
    public static BpeMerges FromPairs(Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> learnt, string? innerPrefix, string where)
    {
        var merges = new BpeMerges(learnt.Count);
        var prefixLength = innerPrefix?.Length ?? 0;
        for (var rank = 0; rank < learnt.Count; rank++)
        {
            var (left, right) = learnt[rank];
            var inner = prefixLength > 0 && right.StartsWith(innerPrefix!, StringComparison.Ordinal) ? right[prefixLength..] : right;
            if (vocabulary.IdOf(left) is not { } leftId || vocabulary.IdOf(right) is not { } rightId || vocabulary.IdOf(left + inner) is not { } wholeId)
            {
                throw new BadInputException($"{where}: merge {rank} joins '{Vocabulary.Shown(left)}' and '{Vocabulary.Shown(right)}' to '{Vocabulary.Shown(left + inner)}', but not all three are in the vocabulary.");
            }

            merges.Add(left, right, leftId, rightId, rank, wholeId);
        }
        return merges;
    }

    /// <summary>
    /// Every pair whose join is a token merges, and the token of the least rank first: what tiktoken and SentencePiece do, which keep no list of merges.
    /// </summary>
    /// <param name="vocabulary">Tokens.</param>
    /// <param name="rankOf">A token's rank, or -1 for one that no merge makes and no text holds.</param>
    public static BpeMerges FromRanks(Vocabulary vocabulary, Func<int, int> rankOf)
    {
        Dictionary<int, int> fragments = [];
        var merges = new BpeMerges(vocabulary.Count * 4) { Fragments = fragments };
        foreach (var (token, id) in vocabulary.Entries)
        {
            var rank = rankOf(id);
            CodePoints.At(token, 0, out var first);
            if (rank < 0)
            {
                continue;
            }

            for (int cut = first, length; cut < token.Length; cut += length)
            {
                CodePoints.At(token, cut, out length);
                if (Find(token.AsSpan(0, cut)) is >= 0 and var left && Find(token.AsSpan(cut)) is >= 0 and var right)
                {
                    merges.Add(token.AsSpan(0, cut), token.AsSpan(cut), left, right, rank, id);
                }
            }
        }
        return merges;

        int Find(ReadOnlySpan<char> text)
        {
            if (vocabulary.TryGetId(text, out var id) && rankOf(id) >= 0)
            {
                return id;
            }

            var codePoint = CodePoints.At(text, 0, out var length);
            if (length < text.Length)
            {
                return -1;
            }

            if (!fragments.TryGetValue(codePoint, out var fragment))
            {
                fragments.Add(codePoint, fragment = vocabulary.Size + fragments.Count);
            }

            return fragment;
        }
    }

    private void Add(ReadOnlySpan<char> left, ReadOnlySpan<char> right, int leftId, int rightId, int rank, int wholeId)
    {
        pairs.Set(Key(leftId, rightId), ((long)rank << 32) | (uint)wholeId); // of equal pairs the last counts
        bridges.Add(Key(LastOf(left), CodePoints.At(right, 0, out _)));
    }

    private static int LastOf(ReadOnlySpan<char> token) => token.Length > 1 && char.IsLowSurrogate(token[^1]) && char.IsHighSurrogate(token[^2])
        ? char.ConvertToUtf32(token[^2], token[^1])
        : token[^1];

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}
