using Plinth.Data.Batching;
using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Data.Text.Batching;

/// <summary>
/// Pairs of texts for next-sentence prediction (Devlin et al. 2018, arXiv:1810.04805): a stretch of sentences is parted
/// at one of its boundaries, and half of the time its second part is replaced by a stretch of another document. Where the
/// other document allows, the replacement has the same length, so that lengths do not give it away.
/// </summary>
public sealed class SentencePairBatches : IBatchSource
{
    private readonly TokenStore store;
    private readonly SpecialTemplate template;
    private readonly EpochOrder order;
    private readonly ulong seed;
    private readonly int padId;
    private readonly long[] starts;
    private readonly int[] lengths;

    /// <param name="store">A corpus encoded with segments.</param>
    /// <param name="tokenizer">Its special tokens.</param>
    /// <param name="batchSize">Pairs in a batch.</param>
    /// <param name="maximumLength">Longest sequence in tokens, special tokens included.</param>
    /// <param name="seed">Chooses orders, boundaries and replacements; each epoch has its own.</param>
    /// <exception cref="PlinthException">There is only one document, or no room for text.</exception>
    public SentencePairBatches(TokenStore store, Tokenizer tokenizer, int batchSize, int maximumLength, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (store.DocumentCount < 2)
        {
            throw new PlinthException("Pairs of sentences need at least two documents, since the wrong second text comes from another one.");
        }

        this.store = store;
        this.seed = seed;
        template = new(tokenizer, isPair: true);
        padId = TextRow.PadIdOf(tokenizer);
        (starts, lengths) = Stretches(Spans.Room(template, maximumLength, least: 2));
        order = lengths.Length > 0
            ? new(lengths.Length, batchSize, seed, isShuffled: true, i => lengths[i])
            : throw new PlinthException("No document has two tokens, so that no pair of texts can be made.");
    }

    /// <inheritdoc />
    public long BatchesPerEpoch => order.BatchesPerEpoch;

    /// <inheritdoc />
    public Batch At(long index)
    {
        var items = order.Items(index);
        var epochSeed = SplitMix.Mix(seed, (ulong)order.EpochOf(index));
        var labels = new long[items.Length];
        var rows = new TextRow[items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            (rows[i], labels[i]) = Pair(items[i], new(SplitMix.Mix(epochSeed, (ulong)items[i])));
        }

        return TextRow.Batch(rows, padId) with { NextSentenceLabels = tensor(labels) };
    }

    // As many whole segments as fit; a segment that is too long alone is cut.
    private (long[] Starts, int[] Lengths) Stretches(int room)
    {
        List<long> boundaries = [];
        var nextDocument = 0;
        for (var segment = 0; segment < store.SegmentCount; segment++)
        {
            var (begin, end) = (store.SegmentStarts[segment], store.SegmentStarts[segment + 1]);
            var opensDocument = begin == store.DocumentStarts[nextDocument];
            if (opensDocument || end - boundaries[^1] > room)
            {
                boundaries.Add(begin);
            }

            nextDocument += opensDocument ? 1 : 0;
        }

        boundaries.Add(store.TokenCount);
        var (all, sizes) = Spans.Cut([.. boundaries], room);
        int[] usable = [.. Enumerable.Range(0, all.Length).Where(i => sizes[i] >= 2)];
        return ([.. usable.Select(i => all[i])], [.. usable.Select(i => sizes[i])]);
    }

    private (TextRow Row, long Label) Pair(int item, SplitMix random)
    {
        var (start, length) = (starts[item], lengths[item]);
        var cut = Boundary(start, length, ref random);
        var (second, secondLength) = (start + cut, length - cut);
        var isRandom = (random.Next() >> 63) != 0;
        if (isRandom)
        {
            (second, secondLength) = Elsewhere(store.DocumentOf(start), secondLength, ref random);
        }

        var row = template.Row(Ids(start, cut), Ids(second, secondLength),
            store.HasWordStarts ? (which, i) => i == 0 || store.StartsWord((which == 0 ? start : second) + i) : null);
        return (row, isRandom ? 1 : 0);
    }

    private int Boundary(long start, int length, ref SplitMix random)
    {
        var (from, to) = (FirstSegmentFrom(start + 1), FirstSegmentFrom(start + length));
        if (to > from)
        {
            return (int)(store.SegmentStarts[from + (int)random.Below(to - from)] - start);
        }

        // One sentence alone is parted in the middle, before a word if it can be.
        var middle = length / 2;
        while (middle < length - 1 && !store.StartsWord(start + middle))
        {
            middle++;
        }

        return middle;
    }

    private (long Start, int Length) Elsewhere(int document, int wanted, ref SplitMix random)
    {
        var other = (int)random.Below(store.DocumentCount - 1);
        other += other >= document ? 1 : 0;
        var (begin, end) = (store.DocumentStarts[other], store.DocumentStarts[other + 1]);
        var first = FirstSegmentFrom(begin);
        var last = Math.Max(first + 1, FirstSegmentFrom(Math.Max(begin, end - wanted) + 1));
        var start = store.SegmentStarts[first + (int)random.Below(last - first)];
        return (start, (int)Math.Min(wanted, end - start));
    }

    private int FirstSegmentFrom(long token)
    {
        var found = store.SegmentStarts.BinarySearch(token);
        return found >= 0 ? found : ~found;
    }

    private int[] Ids(long start, int count)
    {
        var ids = new int[count];
        for (var i = 0; i < count; i++)
        {
            ids[i] = store[start + i];
        }

        return ids;
    }
}
