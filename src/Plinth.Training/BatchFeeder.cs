using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Plinth.Core;

namespace Plinth.Training;

/// <summary>
/// Prepares the next step while this one is computed, on one thread of its own: each thread that runs parallel
/// torch operations gets worker threads of its own, so there must not be many.
/// </summary>
internal sealed class BatchFeeder : IDisposable
{
    private readonly BlockingCollection<PreparedStep> ready = new(boundedCapacity: 1);
    private readonly CancellationTokenSource stop = new();
    private readonly Thread thread;
    private ExceptionDispatchInfo? failure;

    public BatchFeeder(Objective objective, IBatchSource data, TrainerOptions options, long firstStep)
    {
        thread = new(() => Feed(objective, data, options, firstStep)) { IsBackground = true, Name = "Plinth batches" };
        thread.Start();
    }

    /// <summary>The next step's batches; the caller disposes of them.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public PreparedStep Take(CancellationToken cancellation)
    {
        if (ready.TryTake(out var step, Timeout.Infinite, cancellation))
        {
            return step;
        }

        failure?.Throw();
        throw new InvalidOperationException("There are no more steps.");
    }

    public void Dispose()
    {
        stop.Cancel();
        thread.Join();
        while (ready.TryTake(out var step))
        {
            step.Dispose();
        }

        ready.Dispose();
        stop.Dispose();
    }

    private void Feed(Objective objective, IBatchSource data, TrainerOptions options, long firstStep)
    {
        PreparedStep? waiting = null;
        try
        {
            for (var step = firstStep; step < options.Steps && !stop.IsCancellationRequested; step++)
            {
                waiting = PreparedStep.Make(objective, data, options, step);
                ready.Add(waiting, stop.Token);
                waiting = null;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            waiting?.Dispose();
        }
#pragma warning disable CA1031 // Whatever went wrong is thrown again on the training thread.
        catch (Exception error)
#pragma warning restore CA1031
        {
            failure = ExceptionDispatchInfo.Capture(error);
        }
        finally
        {
            ready.CompleteAdding();
        }
    }
}
