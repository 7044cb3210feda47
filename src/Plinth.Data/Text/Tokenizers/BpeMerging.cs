using System.Buffers;

namespace Plinth.Data.Text;

/// <summary>Merges the symbols of one word: the pair of the least rank first, of equal ones the leftmost.</summary>
internal static class BpeMerging
{
    private const int SmallWord = 48;

    /// <summary>Merges in place.</summary>
    /// <returns>How many symbols are left.</returns>
    public static int Merge(BpeMerges merges, Span<WordToken> symbols) =>
        merges.Count == 0 || symbols.Length < 2 ? symbols.Length : symbols.Length <= SmallWord ? MergeSmall(merges, symbols) : MergeLarge(merges, symbols);

    /// <summary>Looks over all pairs each time.</summary>
    private static int MergeSmall(BpeMerges merges, Span<WordToken> symbols)
    {
        var count = symbols.Length;
        Span<long> values = stackalloc long[SmallWord];
        for (var i = 0; i + 1 < count; i++)
        {
            values[i] = merges.ValueOf(symbols[i].Id, symbols[i + 1].Id);
        }

        while (count > 1)
        {
            var (best, rank) = (0, values[0] >> 32);
            for (var i = 1; i + 1 < count; i++)
            {
                if (values[i] >> 32 < rank)
                {
                    (best, rank) = (i, values[i] >> 32);
                }
            }
            if (values[best] == long.MaxValue)
            {
                break;
            }

            symbols[best] = new((int)values[best], symbols[best].Start, symbols[best + 1].End);
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            values[(best + 1)..(count - 1)].CopyTo(values[best..]);
            count--;
            if (best + 1 < count)
            {
                values[best] = merges.ValueOf(symbols[best].Id, symbols[best + 1].Id);
            }

            if (best > 0)
            {
                values[best - 1] = merges.ValueOf(symbols[best - 1].Id, symbols[best].Id);
            }
        }
        return count;
    }

    /// <summary>Goes through a queue and a linked list: n log n for words of any length.</summary>
    private static int MergeLarge(BpeMerges merges, Span<WordToken> symbols)
    {
        var count = symbols.Length;
        var links = ArrayPool<int>.Shared.Rent(2 * count);
        var next = links.AsSpan(0, count);
        var previous = links.AsSpan(count, count);
        var queue = new PairQueue(count);
        for (var i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            if (i + 1 < count && merges.ValueOf(symbols[i].Id, symbols[i + 1].Id) is not long.MaxValue and var value)
            {
                queue.Add(value >> 32, i);
            }
        }
        while (queue.TryTake(out var rank, out var left))
        {
            var right = next[left];
            if (symbols[left].Id < 0 || right >= count || merges.ValueOf(symbols[left].Id, symbols[right].Id) is var value && (value == long.MaxValue || value >> 32 != rank))
            {
                continue;
            }

            symbols[left] = new((int)value, symbols[left].Start, symbols[right].End);
            symbols[right] = new(-1, 0, 0);
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
                if (merges.ValueOf(symbols[left].Id, symbols[next[left]].Id) is not long.MaxValue and var after)
                {
                    queue.Add(after >> 32, left);
                }
            }
            if (previous[left] >= 0 && merges.ValueOf(symbols[previous[left]].Id, symbols[left].Id) is not long.MaxValue and var before)
            {
                queue.Add(before >> 32, previous[left]);
            }
        }
        var kept = 0;
        for (var i = 0; i < count; i = next[i])
        {
            symbols[kept++] = symbols[i];
        }

        ArrayPool<int>.Shared.Return(links);
        queue.Dispose();
        return kept;
    }

    /// <summary>A heap of ranks and places, eight bytes each, so that a word of ten million characters is no matter of memory.</summary>
    private struct PairQueue(int capacity) : IDisposable
    {
        private ulong[] heap = ArrayPool<ulong>.Shared.Rent(capacity);
        private int count;

        public void Add(long rank, int place)
        {
            if (count == heap.Length)
            {
                var larger = ArrayPool<ulong>.Shared.Rent(count * 2);
                heap.CopyTo(larger, 0);
                ArrayPool<ulong>.Shared.Return(heap);
                heap = larger;
            }
            var value = ((ulong)rank << 32) | (uint)place;
            var at = count++;
            for (; at > 0 && heap[(at - 1) / 2] > value; at = (at - 1) / 2)
            {
                heap[at] = heap[(at - 1) / 2];
            }

            heap[at] = value;
        }

        public readonly void Dispose() => ArrayPool<ulong>.Shared.Return(heap);

        public bool TryTake(out long rank, out int place)
        {
            (rank, place) = (0, 0);
            if (count == 0)
            {
                return false;
            }

            (rank, place) = ((long)(heap[0] >> 32), (int)heap[0]);
            var last = heap[--count];
            var at = 0;
            for (int child; (child = 2 * at + 1) < count; at = child)
            {
                if (child + 1 < count && heap[child + 1] < heap[child])
                {
                    child++;
                }

                if (heap[child] >= last)
                {
                    break;
                }

                heap[at] = heap[child];
            }
            heap[at] = last;
            return true;
        }
    }
}
