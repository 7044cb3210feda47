using System.Collections.Concurrent;
using Plinth.Core;
using Plinth.Data.Batching;

namespace Plinth.Data.Vision;

/// <summary>Makes batches of pictures by number: decoded, changed, processed. The same number gives the same values on any thread.</summary>
internal sealed class ImageBatchMaker
{
    // A set with no good picture must end in an error, not in a search without end.
    private const int MostReplacements = 100;

    private readonly IReadOnlyList<ImageSample> samples;
    private readonly ImageProcessor processor;
    private readonly ImageLoaderOptions options;
    private readonly EpochOrder order;
    private readonly ConcurrentBag<float[]> spare = [];

    public ImageBatchMaker(IReadOnlyList<ImageSample> samples, ImageProcessor processor, ImageLoaderOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ViewCount, 1, nameof(options));
        if (samples.Count == 0)
        {
            throw new PlinthException("There are no pictures to load. Look at the data set's path and its filters.");
        }

        if (options.Augmentations is { MoveThings: true } steps && samples.Any(sample => sample.Boxes is { Count: > 0 }))
        {
            var names = string.Join(", ", steps.Steps.Where(step => step.MovesThings).Select(step => step.GetType().Name));
            throw new PlinthException($"The samples have boxes, which would no longer fit after {names}. Leave these changes out, or use samples without boxes.");
        }

        (this.samples, this.processor, this.options) = (samples, processor, options);
        order = new(samples.Count, options.BatchSize, options.Seed, options.IsShuffled);
    }

    public long BatchesPerEpoch => order.BatchesPerEpoch;

    public LoadedImages Make(long index)
    {
        var epoch = order.EpochOf(index);
        List<RgbImage> fitted = [];
        List<ImageSample> taken = [];
        foreach (var item in order.Items(index))
        {
            var (sample, image) = Load(item);
            taken.Add(sample);
            for (var view = 0; view < options.ViewCount; view++)
            {
                fitted.Add(processor.Fit(options.Augmentations?.Apply(image, epoch, item, view) ?? image));
            }
        }

        return new(index, processor.Batch(fitted, Rent), taken) { Seed = options.Seed };
    }

    /// <summary>Takes the array of a batch back that nobody reads any more.</summary>
    public void Return(LoadedImages batch) => spare.Add(batch.Pixels.Values);

    private (ImageSample Sample, RgbImage Image) Load(int item)
    {
        for (var tries = 0; ; tries++)
        {
            var sample = samples[(int)((item + (long)tries) % samples.Count)];
            try
            {
                return (sample, sample.Image.Load());
            }
            catch (BadImageException error) when (options.BadPicture is not null && tries < MostReplacements)
            {
                options.BadPicture(error);
            }
        }
    }

    // Arrays of this size would each cost a collection of the oldest generation; a few serve for ever.
    private float[] Rent(int length) => spare.TryTake(out var values) && values.Length == length ? values : new float[length];
}
