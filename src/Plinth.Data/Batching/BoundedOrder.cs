namespace Plinth.Data.Batching;

/// <summary>Work on a stream by several threads, whose results come in the order of the stream, with only a few pieces in memory at a time.</summary>
internal static class BoundedOrder
{
    // Enough that no thread waits while the slowest of its neighbours ends.
    private const int PiecesPerThread = 3;

    /// <summary>Cuts a stream into pieces of about one size; an item larger than that is a piece of its own.</summary>
    /// <param name="items">The stream; it is read as pieces are asked for.</param>
    /// <param name="sizeOf">Size of an item.</param>
    /// <param name="size">Size at which a piece is full.</param>
    public static IEnumerable<List<T>> Chunk<T>(IEnumerable<T> items, Func<T, int> sizeOf, int size)
    {
        List<T> chunk = [];
        var filled = 0L;
        foreach (var item in items)
        {
            chunk.Add(item);
            // An item without a size takes room too.
            filled += sizeOf(item) + 1;
            if (filled >= size)
            {
                yield return chunk;
                (chunk, filled) = ([], 0);
            }
        }

        if (chunk.Count > 0)
        {
            yield return chunk;
        }
    }

    /// <summary>Maps pieces in parallel.</summary>
    /// <param name="pieces">Read by the caller's thread, and only so far ahead that every thread has work.</param>
    /// <param name="map">Called on any thread.</param>
    /// <param name="threadCount">Threads; 1 maps on the caller's own.</param>
    /// <param name="cancellation">Stops between pieces.</param>
    /// <returns>The results in order. No piece is still worked on when the walk over them ends, in whatever way.</returns>
    public static IEnumerable<TResult> Map<T, TResult>(IEnumerable<T> pieces, Func<T, TResult> map, int threadCount, CancellationToken cancellation)
    {
        if (threadCount == 1)
        {
            foreach (var piece in pieces)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return map(piece);
            }

            yield break;
        }

        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threadCount).ConcurrentScheduler;
        var pending = new Queue<Task<TResult>>();
        try
        {
            foreach (var piece in pieces)
            {
                cancellation.ThrowIfCancellationRequested();
                pending.Enqueue(Task.Factory.StartNew(() => map(piece), cancellation, TaskCreationOptions.DenyChildAttach, scheduler));
                if (pending.Count >= PiecesPerThread * threadCount)
                {
                    yield return pending.Dequeue().GetAwaiter().GetResult();
                }
            }

            while (pending.TryDequeue(out var next))
            {
                cancellation.ThrowIfCancellationRequested();
                yield return next.GetAwaiter().GetResult();
            }
        }
        finally
        {
            Task.WhenAll(pending).ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
    }
}
