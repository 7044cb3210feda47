namespace Plinth.Data.Batching;

/// <summary>Work on items of like length together, so that little is padded.</summary>
public static class LengthBatches
{
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
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(answer);
        var answers = new T[items.Count];
        foreach (var places in Enumerable.Range(0, items.Count).OrderByDescending(i => length(items[i])).Chunk(batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            var given = answer([.. places.Select(i => items[i])]);
            for (var i = 0; i < places.Length; i++)
            {
                answers[places[i]] = given[i];
            }
        }

        return answers;
    }
}
