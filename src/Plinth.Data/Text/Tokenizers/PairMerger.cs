using System.Runtime.InteropServices;

namespace Plinth.Data.Text;

/// <summary>
/// Finds the pairs that byte-pair encoding merges (Sennrich et al. 2016, arXiv:1508.07909): counts are kept up to date word by word,
/// and a queue that may lag behind them yields the next pair. Of equally frequent pairs the one with the smaller ids is taken.
/// </summary>
internal sealed class PairMerger
{
    private readonly List<Word> words = [];
    private readonly Dictionary<long, long> counts = [];
    private readonly Dictionary<long, List<int>> places = [];
    private readonly PriorityQueue<long, (long Count, long Pair)> queue = new(new MostFrequentFirst());
    private readonly HashSet<long> grown = [];

    public void Add(int[] symbols, long count)
    {
        var index = words.Count;
        words.Add(new(symbols, symbols.Length, count));
        for (var i = 0; i + 1 < symbols.Length; i++)
            Count(Key(symbols[i], symbols[i + 1]), count, index);
    }

    /// <summary>Merges until there are enough tokens, or no pair is frequent enough.</summary>
    /// <param name="minimum">A pair's least count.</param>
    /// <param name="join">Names the token of a pair: its id, or -1 when the pair shall not be merged.</param>
    /// <param name="isDone">Whether there are enough tokens.</param>
    /// <param name="cancellation">Stops between merges.</param>
    public void Run(long minimum, Func<int, int, int> join, Func<bool> isDone, CancellationToken cancellation)
    {
        foreach (var (pair, count) in counts)
            queue.Enqueue(pair, (count, pair));
        grown.Clear();
        while (!isDone() && queue.TryDequeue(out var pair, out var rank))
        {
            cancellation.ThrowIfCancellationRequested();
            var count = counts.GetValueOrDefault(pair);
            if (count != rank.Count)
            {
                if (count >= minimum)
                    queue.Enqueue(pair, (count, pair));
                continue;
            }
            if (count < minimum)
                break;
            var (left, right) = ((int)(pair >> 32), (int)pair);
            if (join(left, right) is >= 0 and var whole)
                Merge(pair, left, right, whole);
        }
    }

    private void Merge(long pair, int left, int right, int whole)
    {
        grown.Clear();
        places.Remove(pair, out var where);
        foreach (var index in where ?? [])
            Merge(ref CollectionsMarshal.AsSpan(words)[index], index, left, right, whole);
        counts.Remove(pair);
        foreach (var changed in grown)
        {
            if (changed != pair && counts.GetValueOrDefault(changed) is > 0 and var count)
                queue.Enqueue(changed, (count, changed));
        }
    }

    private void Merge(ref Word word, int index, int left, int right, int whole)
    {
        var symbols = word.Symbols;
        var kept = 0;
        for (var i = 0; i < word.Length; i++)
        {
            if (symbols[i] != left || i + 1 >= word.Length || symbols[i + 1] != right)
            {
                symbols[kept++] = symbols[i];
                continue;
            }
            if (kept > 0)
            {
                Count(Key(symbols[kept - 1], left), -word.Count, index);
                Count(Key(symbols[kept - 1], whole), word.Count, index);
            }
            if (i + 2 < word.Length)
            {
                Count(Key(right, symbols[i + 2]), -word.Count, index);
                Count(Key(whole, symbols[i + 2]), word.Count, index);
            }
            symbols[kept++] = whole;
            i++;
        }
        word.Length = kept;
    }

    private void Count(long pair, long change, int index)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(counts, pair, out _) += change;
        if (change < 0)
            return;
        grown.Add(pair);
        ref var where = ref CollectionsMarshal.GetValueRefOrAddDefault(places, pair, out _);
        where ??= [];
        if (where.Count == 0 || where[^1] != index)
            where.Add(index);
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;

    private record struct Word(int[] Symbols, int Length, long Count);

    private sealed class MostFrequentFirst : IComparer<(long Count, long Pair)>
    {
        public int Compare((long Count, long Pair) x, (long Count, long Pair) y) =>
            x.Count != y.Count ? y.Count.CompareTo(x.Count) : x.Pair.CompareTo(y.Pair);
    }
}
