using System.Runtime.ExceptionServices;
using TorchSharp;

namespace Plinth.Core.Native;

/// <summary>
/// Pieces of work that do not depend on each other, each computed by one thread alone, instead of one piece after the other by all
/// threads together. Within an operation threads wait for each other, and small operations have little to share: where the pieces are
/// as many as the threads, that waiting is saved. The arithmetic of a piece does not depend on how many lanes there are.
/// </summary>
public static unsafe class TorchLanes
{
    // What all lanes may allocate between two collections of garbage; a piece should take a small part of it.
    private const long PausedBytes = 192L << 20;

    // Both set a value of the calling thread alone. OpenMP is what libtorch and oneDNN share their work by; MKL counts for itself.
    private static readonly delegate* unmanaged<int, void> limitOpenMp = (delegate* unmanaged<int, void>)Find("omp_set_num_threads");
    private static readonly delegate* unmanaged<int, int> limitMkl = (delegate* unmanaged<int, int>)Find("MKL_Set_Num_Threads_Local");

    // Two jobs at once would let garbage be collected while the other one computes.
    private static int busy;

    /// <summary>How many lanes there can be: the threads that torch may use, or 1 where they cannot be told apart.</summary>
    public static int Count => limitOpenMp == null || limitMkl == null ? 1 : TorchRuntime.ThreadCount;

    /// <summary>
    /// Does all pieces. The calling thread waits; it does them itself, one after the other, where there is one lane, one piece, another
    /// job in this process, or a collector that cannot be paused. Each lane is a new thread: a dispose scope or <c>no_grad</c> of the
    /// caller does not reach into it.
    /// </summary>
    /// <param name="count">How many pieces.</param>
    /// <param name="work">Does the piece of a number from 0, on any thread. It leaves no tensor to the collector.</param>
    /// <param name="cancellation">Ends the work before the next piece.</param>
    /// <exception cref="OperationCanceledException">The work was ended.</exception>
    public static void Run(int count, Action<int> work, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentNullException.ThrowIfNull(work);
        var lanes = Math.Min(Count, count);
        if (lanes > 1 && Interlocked.Exchange(ref busy, 1) == 0)
        {
            try
            {
                if (new Job(count, work, cancellation).TryRun(lanes))
                {
                    return;
                }
            }
            finally
            {
                Volatile.Write(ref busy, 0);
            }
        }

        for (var piece = 0; piece < count; piece++)
        {
            cancellation.ThrowIfCancellationRequested();
            work(piece);
        }
    }

    private static nint Find(string name) => TorchRuntime.TryGetExport(name, out var address) ? address : 0;

    private sealed class Job(int count, Action<int> work, CancellationToken cancellation)
    {
        private int taken;
        private long allocated;
        private volatile bool isCollectionDue;
        private ExceptionDispatchInfo? failure;

        /// <summary>Does all pieces, or none where the collector cannot be paused.</summary>
        public bool TryRun(int lanes)
        {
            CollectionPause.Enter();
            try
            {
                if (!Collect())
                {
                    return false;
                }

                // All lanes are between two pieces when the last one arrives.
                using var meeting = new Barrier(lanes, _ => Collect());
                Thread[] threads = [.. Enumerable.Range(0, lanes).Select(lane => new Thread(() => Work(meeting)) { IsBackground = true, Name = $"Plinth lane {lane}" })];
                Array.ForEach(threads, thread => thread.Start());
                Array.ForEach(threads, thread => thread.Join());
            }
            finally
            {
                CollectionPause.Leave();
            }

            failure?.Throw();
            cancellation.ThrowIfCancellationRequested();
            return true;
        }

        private void Work(Barrier meeting)
        {
            try
            {
                // Torch sets up a thread at its first question, and would do so over what is set here.
                _ = torch.get_num_threads();
                limitOpenMp(1);
                _ = limitMkl(1);
                while (failure is null && !cancellation.IsCancellationRequested && Interlocked.Increment(ref taken) is var next && next <= count)
                {
                    work(next - 1);
                    isCollectionDue |= GC.GetTotalAllocatedBytes() - Interlocked.Read(ref allocated) > PausedBytes / 2;
                    if (isCollectionDue)
                    {
                        meeting.SignalAndWait(CancellationToken.None);
                    }
                }
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the thread that waits for the lanes.
            catch (Exception error)
#pragma warning restore CA1031
            {
                _ = Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(error), null);
            }
            finally
            {
                meeting.RemoveParticipant();
            }
        }

        private bool Collect()
        {
            isCollectionDue = false;
            var isPaused = CollectionPause.Renew(PausedBytes);
            Interlocked.Exchange(ref allocated, GC.GetTotalAllocatedBytes());
            return isPaused;
        }
    }
}
