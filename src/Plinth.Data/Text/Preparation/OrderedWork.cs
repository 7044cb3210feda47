namespace Plinth.Data.Text.Preparation;

/// <summary>Does the same to many things side by side and gives the results in order, with a bounded number of them in memory.</summary>
internal static class OrderedWork
{
    // Enough that a slow piece at the front does not leave the other threads without work.
    private const int WaitingPerThread = 4;

    /// <param name="source">Read on the caller's thread, not further ahead than the threads need.</param>
    /// <param name="work">Done on several threads.</param>
    /// <param name="threads">How many.</param>
    /// <param name="cancellation">Ends it between two results.</param>
    public static IEnumerable<TResult> Map<TSource, TResult>(IEnumerable<TSource> source, Func<TSource, TResult> work, int threads, CancellationToken cancellation)
    {
        var factory = new TaskFactory(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, threads).ConcurrentScheduler);
        var waiting = new Queue<Task<TResult>>();
        foreach (var item in source)
        {
            cancellation.ThrowIfCancellationRequested();
            waiting.Enqueue(factory.StartNew(() => work(item), cancellation));
            if (waiting.Count >= threads * WaitingPerThread)
            {
                yield return waiting.Dequeue().GetAwaiter().GetResult();
            }
        }

        while (waiting.TryDequeue(out var next))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return next.GetAwaiter().GetResult();
        }
    }
}
