namespace Plinth.Data.Batching;

/// <summary>
/// Which items stand in which batch. Each epoch has its own order; with lengths, items of similar length come together,
/// yet the batches themselves stay shuffled. Safe for concurrent use.
/// </summary>
public sealed class EpochOrder
{
    // Large enough that lengths in a batch are close, small enough that an epoch is still well mixed.
    private const int WindowBatches = 64;
    private readonly int count, batchSize;
    private readonly ulong seed;
    private readonly bool isShuffled;
    private readonly Func<int, int>? length;
    private volatile Cut? last;

    /// <param name="count">Items.</param>
    /// <param name="batchSize">Items in a batch; the last batch of an epoch may have fewer.</param>
    /// <param name="seed">Chooses the orders.</param>
    /// <param name="isShuffled">False keeps the items in their order, always.</param>
    /// <param name="length">Length of an item, or null to mix all lengths.</param>
    public EpochOrder(int count, int batchSize, ulong seed, bool isShuffled = true, Func<int, int>? length = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        (this.count, this.batchSize, this.seed, this.isShuffled, this.length) = (count, batchSize, seed, isShuffled, isShuffled ? length : null);
    }

    /// <summary>Batches of one pass.</summary>
    public long BatchesPerEpoch => (count + (long)batchSize - 1) / batchSize;

    /// <summary>The epoch of a batch, from 0.</summary>
    public long EpochOf(long index) => index / BatchesPerEpoch;

    /// <summary>The items of a batch.</summary>
    /// <param name="index">Number of the batch from 0; it runs on over the epochs.</param>
    public int[] Items(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        var (epoch, batch) = (EpochOf(index), (int)(index % BatchesPerEpoch));
        if (length is not null)
        {
            var cut = last is { } known && known.Epoch == epoch ? known : last = ByLength(epoch);
            batch = cut.Batches[batch];
            return cut.Items[(batch * batchSize)..Math.Min((batch + 1) * batchSize, count)];
        }

        var order = isShuffled ? new Permutation(count, SplitMix.Mix(seed, (ulong)epoch)) : null;
        var first = (long)batch * batchSize;
        var items = new int[(int)Math.Min(batchSize, count - first)];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = (int)(order?[first + i] ?? first + i);
        }

        return items;
    }

    private Cut ByLength(long epoch)
    {
        var epochSeed = SplitMix.Mix(seed, (ulong)epoch);
        var items = Shuffled(count, epochSeed);
        var window = (int)Math.Min((long)WindowBatches * batchSize, count);
        for (var start = 0; start < count; start += window)
        {
            var size = Math.Min(window, count - start);
            var keys = new long[size];
            for (var i = 0; i < size; i++)
            {
                // The place breaks ties, so that the order is one and the same everywhere.
                keys[i] = ((long)length!(items[start + i]) << 32) | (uint)i;
            }

            keys.AsSpan().Sort(items.AsSpan(start, size));
        }

        return new(epoch, items, Shuffled((int)BatchesPerEpoch, SplitMix.Mix(epochSeed, 1)));
    }

    private static int[] Shuffled(int count, ulong seed)
    {
        var items = new int[count];
        var random = new SplitMix(seed);
        for (var i = 0; i < count; i++)
        {
            var other = (int)random.Below(i + 1);
            items[i] = items[other];
            items[other] = i;
        }

        return items;
    }

    private sealed record Cut(long Epoch, int[] Items, int[] Batches);
}
