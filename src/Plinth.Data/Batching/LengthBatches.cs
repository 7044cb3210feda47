using Plinth.Core;
using Plinth.Core.Native;

namespace Plinth.Data.Batching;

/// <summary>Work on items of like length together, so that little is padded.</summary>
public static class LengthBatches
{
    // What one thread computes at once: enough for its arithmetic, and a small part of what a batch of long items takes.
    private const int LaneElements = 1_024;

    /// <summary>Answers items in batches, the longest first: a batch that is too large for the memory fails at once, not after an hour.</summary>
    /// <param name="items">Any number.</param>
    /// <param name="length">How long an item is.</param>
    /// <param name="batchSize">Items of a batch.</param>
    /// <param name="answer">Answers the items of one batch, in their order.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    /// <returns>The answers in the order of the items.</returns>
    public static T[] Map<TItem, T>(
        IReadOnlyList<TItem> items, Func<TItem, int> length, int batchSize, Func<IReadOnlyList<TItem>, IReadOnlyList<T>> answer, CancellationToken cancellation = default)
    {
        var answers = new T[(items ?? throw new ArgumentNullException(nameof(items))).Count];
        ArgumentNullException.ThrowIfNull(answer);
        foreach (var places in Chunks(items, length, batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            Fill(answers, places, items, answer);
        }

        return answers;
    }

    /// <summary>
    /// Answers items in batches as <see cref="Map"/> does, and a long job in lanes (<see cref="TorchLanes"/>): the first batch, the
    /// longest, by all threads together, so that what the answer sets up is set up once; the others, in parts, each by one thread.
    /// </summary>
    /// <param name="items">Any number.</param>
    /// <param name="length">How many elements (tokens, patches) are computed for an item.</param>
    /// <param name="batchSize">Items of a batch, at most; one thread takes fewer of long items.</param>
    /// <param name="answer">Answers the items of one batch, in their order, on any thread, at once with others. It enters <c>no_grad</c> itself and leaves no tensor behind.</param>
    /// <param name="isSetUp">Whether this answer has been asked before, so that no batch has to come first.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    /// <returns>The answers in the order of the items.</returns>
    public static T[] MapInLanes<TItem, T>(
        IReadOnlyList<TItem> items, Func<TItem, int> length, int batchSize, Func<IReadOnlyList<TItem>, IReadOnlyList<T>> answer, bool isSetUp = false, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(length);
        ArgumentNullException.ThrowIfNull(answer);
        if (items.Sum(item => (long)length(item)) < PackedWeights.FewestPositions)
        {
            return Map(items, length, batchSize, answer, cancellation);
        }

        var answers = new T[items.Count];
        int[][] chunks = [.. Chunks(items, length, batchSize)];
        cancellation.ThrowIfCancellationRequested();
        if (!isSetUp)
        {
            Fill(answers, chunks[0], items, answer);
        }

        int[][] parts = [.. chunks.Skip(isSetUp ? 0 : 1).SelectMany(chunk => chunk.Chunk(Math.Max(1, LaneElements / Math.Max(1, length(items[chunk[0]])))))];
        TorchLanes.Run(parts.Length, part => Fill(answers, parts[part], items, answer), cancellation);
        return answers;
    }

    private static IEnumerable<int[]> Chunks<TItem>(IReadOnlyList<TItem> items, Func<TItem, int> length, int batchSize) =>
        Enumerable.Range(0, items.Count).OrderByDescending(i => length(items[i])).Chunk(batchSize);

    private static void Fill<TItem, T>(T[] answers, int[] places, IReadOnlyList<TItem> items, Func<IReadOnlyList<TItem>, IReadOnlyList<T>> answer)
    {
        var given = answer([.. places.Select(i => items[i])]);
        for (var i = 0; i < places.Length; i++)
        {
            answers[places[i]] = given[i];
        }
    }
}
