using System.Runtime.InteropServices;

namespace Plinth.Data.Text;

/// <summary>
/// Finds the pairs that byte-pair encoding merges (Sennrich et al. 2016, arXiv:1508.07909): counts and places of pairs are kept up to date
/// with each merge, so that it takes as long as it has places, and a queue that may lag behind the counts yields the next pair.
/// Of equally frequent pairs the one with the smaller ids is taken.
/// </summary>
internal sealed class PairMerger
{
    private const int Gone = -1;

    // Symbols of all words in a row, a gap after each word; a merged symbol stands at the place of its first part.
    private readonly List<int> symbols = [], wordOf = [];
    private readonly List<long> wordCounts = [];
    private readonly Dictionary<long, long> counts = [];
    private readonly Dictionary<long, List<int>> places = [];
    private readonly PriorityQueue<long, (long Count, long Pair)> queue = new(new MostFrequentFirst());
    private readonly HashSet<long> grown = [];
    private int[] next = [], previous = [];

    public void Add(int[] word, long count)
    {
        for (var i = 0; i < word.Length; i++)
        {
            symbols.Add(word[i]);
            wordOf.Add(wordCounts.Count);
            if (i + 1 < word.Length)
            {
                Count(Key(word[i], word[i + 1]), count, symbols.Count - 1);
            }
        }
        symbols.Add(Gone);
        wordOf.Add(wordCounts.Count);
        wordCounts.Add(count);
    }

    /// <summary>Merges until there are enough tokens, or no pair is frequent enough.</summary>
    /// <param name="minimum">A pair's least count.</param>
    /// <param name="join">Names the token of a pair: its id, or -1 when the pair shall not be merged.</param>
    /// <param name="isDone">Whether there are enough tokens.</param>
    /// <param name="cancellation">Stops between merges.</param>
    public void Run(long minimum, Func<int, int, int> join, Func<bool> isDone, CancellationToken cancellation)
    {
        next = [.. Enumerable.Range(1, symbols.Count)];
        previous = [.. Enumerable.Range(-1, symbols.Count)];
        foreach (var (pair, count) in counts)
        {
            queue.Enqueue(pair, (count, pair));
        }

        grown.Clear();
        while (!isDone() && queue.TryDequeue(out var pair, out var rank))
        {
            cancellation.ThrowIfCancellationRequested();
            var count = counts.GetValueOrDefault(pair);
            if (count != rank.Count)
            {
                if (count >= minimum)
                {
                    queue.Enqueue(pair, (count, pair));
                }

                continue;
            }
            if (count < minimum)
            {
                break;
            }

            var (left, right) = ((int)(pair >> 32), (int)pair);
            if (join(left, right) is >= 0 and var whole)
            {
                Merge(pair, left, right, whole);
            }
        }
    }

    private void Merge(long pair, int left, int right, int whole)
    {
        grown.Clear();
        places.Remove(pair, out var where);
        var all = CollectionsMarshal.AsSpan(symbols);
        where!.Sort(); // of pairs that overlap, as in "aaa", the first merges
        foreach (var at in where)
        {
            if (all[at] != left || all[next[at]] != right)
            {
                continue;
            }

            var (count, before, after) = (wordCounts[wordOf[at]], previous[at], next[next[at]]);
            if (before >= 0 && all[before] != Gone)
            {
                Count(Key(all[before], left), -count, before);
                Count(Key(all[before], whole), count, before);
            }
            if (all[after] != Gone)
            {
                Count(Key(right, all[after]), -count, at);
                Count(Key(whole, all[after]), count, at);
            }
            all[at] = whole;
            all[next[at]] = Gone;
            next[at] = after;
            previous[after] = at;
        }
        counts.Remove(pair);
        foreach (var changed in grown)
        {
            if (changed != pair && counts.GetValueOrDefault(changed) is > 0 and var count)
            {
                queue.Enqueue(changed, (count, changed));
            }
        }
    }

    private void Count(long pair, long change, int place)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(counts, pair, out _) += change;
        if (change < 0)
        {
            return;
        }

        grown.Add(pair);
        ref var where = ref CollectionsMarshal.GetValueRefOrAddDefault(places, pair, out _);
        (where ??= []).Add(place);
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;

    private sealed class MostFrequentFirst : IComparer<(long Count, long Pair)>
    {
        public int Compare((long Count, long Pair) x, (long Count, long Pair) y) =>
            x.Count != y.Count ? y.Count.CompareTo(x.Count) : x.Pair.CompareTo(y.Pair);
    }
}
