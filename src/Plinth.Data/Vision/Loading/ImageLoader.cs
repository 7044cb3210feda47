using System.Diagnostics;
using System.Threading.Channels;
using Plinth.Core;
using Plinth.Core.Native;

namespace Plinth.Data.Vision;

/// <summary>
/// Gives batches of pictures by number and makes the next ones ahead, on one thread of its own that touches no tensor. Asking for
/// another number than the next begins anew there, so that a resumed run sees the batches it would have seen. One consumer at a time,
/// on the thread that computes: garbage is collected at its requests, and between them only when more is allocated than
/// <see cref="ImageLoaderOptions.PausedBytes"/>.
/// </summary>
public sealed class ImageLoader : IDisposable
{
    private readonly ImageBatchMaker maker;
    private readonly int prefetch;
    private readonly long pausedBytes;
    private Worker? worker;
    private long batches, unguarded, images, firstRequest, lastAnswer;
    private TimeSpan waited;

    /// <param name="samples">At least one.</param>
    /// <param name="processor">Makes values of pictures.</param>
    /// <param name="options">Size and order of the batches.</param>
    /// <exception cref="PlinthException">There are no samples, or the changes do not fit them.</exception>
    public ImageLoader(IReadOnlyList<ImageSample> samples, ImageProcessor processor, ImageLoaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(processor);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfNegative(options.Prefetch, nameof(options));
        maker = new(samples, processor, options);
        (prefetch, pausedBytes) = (options.Prefetch, options.PausedBytes);
    }

    /// <summary>Batches of one pass.</summary>
    public long BatchesPerEpoch => maker.BatchesPerEpoch;

    /// <summary>How the loader has kept up so far.</summary>
    public ImageLoaderReport Report => new(batches, images, waited, batches == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(firstRequest, lastAnswer), unguarded);

    /// <summary>Gives a batch.</summary>
    /// <param name="index">Number of the batch from 0; it runs on over the epochs.</param>
    /// <exception cref="BadImageException">A picture of the batch cannot be decoded.</exception>
    public LoadedImages At(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        var begin = Stopwatch.GetTimestamp();
        firstRequest = batches == 0 ? begin : firstRequest;
        try
        {
            var batch = prefetch == 0 ? maker.Make(index) : Next(index);
            images += batch.Pixels.Count;
            return batch;
        }
        finally
        {
            batches++;
            waited += Stopwatch.GetElapsedTime(begin);
            lastAnswer = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Gives the array of a batch back, for the next ones; the batch must not be read afterwards.</summary>
    public void Return(LoadedImages batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        maker.Return(batch);
    }

    /// <summary>Ends the thread.</summary>
    public void Dispose()
    {
        if (worker is not null)
        {
            worker.Dispose();
            worker = null;
            CollectionPause.Leave();
        }
    }

    private LoadedImages Next(long index)
    {
        if (worker is null)
        {
            CollectionPause.Enter();
        }

        if (worker?.NextIndex != index)
        {
            worker?.Dispose();
            worker = new(maker, index, prefetch);
        }

        var batch = worker.Take();
        unguarded += CollectionPause.Renew(pausedBytes) ? 0 : 1;
        return batch;
    }

    // A thread, not a task of the pool: decoding would hold a pool thread for the length of a run.
    private sealed class Worker : IDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly Channel<Func<LoadedImages>> channel;
        private readonly Thread thread;

        public Worker(ImageBatchMaker maker, long first, int capacity)
        {
            NextIndex = first;
            channel = Channel.CreateBounded<Func<LoadedImages>>(new BoundedChannelOptions(capacity) { SingleReader = true, SingleWriter = true });
            thread = new(() => Produce(maker, first)) { IsBackground = true, Name = "Plinth image loader" };
            thread.Start();
        }

        public long NextIndex { get; private set; }

        public LoadedImages Take()
        {
            NextIndex++;
            try
            {
                return channel.Reader.ReadAsync().AsTask().GetAwaiter().GetResult()();
            }
            catch
            {
                // The thread ended with its error; the next request begins anew.
                NextIndex = -1;
                throw;
            }
        }

        public void Dispose()
        {
            stop.Cancel();
            thread.Join();
            stop.Dispose();
        }

        private void Produce(ImageBatchMaker maker, long first)
        {
            try
            {
                for (var index = first; !stop.IsCancellationRequested; index++)
                {
                    var batch = maker.Make(index);
                    Give(() => batch);
                }
            }
            catch (OperationCanceledException)
            {
                // Nobody waits any more.
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the thread that asked for the batch.
            catch (Exception error)
#pragma warning restore CA1031
            {
                var thrown = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(error);
                try
                {
                    Give(() =>
                    {
                        thrown.Throw();
                        throw error;
                    });
                }
                catch (OperationCanceledException)
                {
                    // Nobody waits any more.
                }
            }
        }

        private void Give(Func<LoadedImages> batch) => channel.Writer.WriteAsync(batch, stop.Token).AsTask().GetAwaiter().GetResult();
    }
}
