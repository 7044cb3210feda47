using System.Runtime.ExceptionServices;
using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Data.Vision;

namespace Plinth.Inference.Vision;

/// <summary>Decoded pictures to batches of a model.</summary>
internal static class PictureReader
{
    // Bytes of fitted pictures between decoding and computing, about 340 of 224 × 224: enough that taking turns costs little.
    private const long WindowBytes = 48 << 20;

    /// <summary>Makes one batch; its tensors belong to the caller's dispose scope.</summary>
    public static ImageBatch Batch(ImageProcessor processor, Model model, IReadOnlyList<RgbImage> images) =>
        processor.Process(images).ToBatch().MoveTo(model.Device);

    /// <summary>Works on pictures in batches of one size each, so that none is padded and each is answered as alone.</summary>
    /// <returns>The answers in the order of the pictures.</returns>
    public static T[] Map<T>(
        IReadOnlyList<ImageSource> pictures, ImageProcessor processor, int batchSize, Func<IReadOnlyList<RgbImage>, IReadOnlyList<int>, IReadOnlyList<T>> answer, CancellationToken cancellation)
    {
        var answers = new T[pictures.Count];
        // A window of one batch is decoded at a time: a long list of photographs would not fit the memory.
        foreach (var window in Enumerable.Range(0, pictures.Count).Chunk(batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            var decoded = window.Select(place => (Place: place, Image: processor.Decode(pictures[place]))).ToList();
            foreach (var group in decoded.GroupBy(item => processor.SizeOf(item.Image.Height, item.Image.Width)))
            {
                cancellation.ThrowIfCancellationRequested();
                int[] places = [.. group.Select(item => item.Place)];
                var given = answer([.. group.Select(item => item.Image)], places);
                for (var i = 0; i < places.Length; i++)
                {
                    answers[places[i]] = given[i];
                }
            }
        }

        return answers;
    }

    /// <summary>
    /// Works on pictures of one size each as one <see cref="EvaluationJob"/>. Decoding and computing take turns: decoding leaves to the collector
    /// what a photograph takes, of whatever size, and is done by several threads while none computes; what is kept of a picture is what the
    /// model sees of it, as bytes. From there on values lie in tensors, so that lanes leave next to nothing to the collector.
    /// </summary>
    /// <returns>The answers in the order of the pictures.</returns>
    public static T[] MapInLanes<T>(
        IReadOnlyList<ImageSource> pictures, ImageProcessor processor, Model model, int batchSize, Func<ImageBatch, IReadOnlyList<T>> answer, CancellationToken cancellation)
    {
        var answers = new T[pictures.Count];
        Dictionary<(int Height, int Width), int> lengths = [];
        EvaluationJob? job = null;
        try
        {
            foreach (var window in Windows(pictures, processor, batchSize, cancellation))
            {
                foreach (var group in window.GroupBy(item => (item.Image.Height, item.Image.Width)))
                {
                    var items = group.ToList();
                    if (!lengths.TryGetValue(group.Key, out var length))
                    {
                        lengths[group.Key] = length = Length(items[0].Image);
                    }

                    job ??= new(model, (long)length * pictures.Count);
                    var given = job.Map(items, _ => length, batchSize, batch => answer(Batch([.. batch.Select(item => item.Image)])), cancellation);
                    for (var i = 0; i < given.Length; i++)
                    {
                        answers[items[i].Place] = given[i];
                    }
                }
            }
        }
        finally
        {
            job?.Dispose();
        }

        return answers;

        ImageBatch Batch(IReadOnlyList<RgbImage> fitted) => new ImageBatch { PixelValues = processor.Pixels(fitted) }.MoveTo(model.Device);

        // How many positions a picture has, its model alone knows.
        int Length(RgbImage fitted)
        {
            using var pass = new EvaluationPass(model);
            return (int)model.Backbone.Embed(Batch([fitted])).Vectors.size(1);
        }
    }

    // As many windows as there must be, of like size: a small one at the end would not be worth lanes.
    private static IEnumerable<List<(int Place, RgbImage Image)>> Windows(
        IReadOnlyList<ImageSource> pictures, ImageProcessor processor, int batchSize, CancellationToken cancellation)
    {
        List<(int Place, RgbImage Image)> window = [];
        var (bytes, most) = (0L, 0L);
        foreach (var places in Enumerable.Range(0, pictures.Count).Chunk(batchSize))
        {
            var fitted = Fitted([.. places.Select(place => pictures[place])], processor, cancellation);
            window.AddRange(places.Zip(fitted));
            bytes += fitted.Sum(image => (long)image.Pixels.Length);
            if (most == 0)
            {
                var expected = bytes * pictures.Count / places.Length;
                most = Math.Max(1, expected / ((expected / WindowBytes) + 1));
            }

            if (bytes >= most)
            {
                yield return window;
                (window, bytes) = ([], 0);
            }
        }

        if (window.Count > 0)
        {
            yield return window;
        }
    }

    private static RgbImage[] Fitted(IReadOnlyList<ImageSource> pictures, ImageProcessor processor, CancellationToken cancellation)
    {
        var fitted = new RgbImage[pictures.Count];
        try
        {
            Parallel.For(
                0,
                fitted.Length,
                new ParallelOptions { MaxDegreeOfParallelism = TorchRuntime.ThreadCount, CancellationToken = cancellation },
                place => fitted[place] = processor.Fit(processor.Decode(pictures[place])));
        }
        catch (AggregateException error)
        {
            // The caller is told of one bad picture, as if there were one thread.
            ExceptionDispatchInfo.Throw(error.InnerExceptions[0]);
        }

        return fitted;
    }
}
