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

        if (samples.Any(sample => sample.Boxes is { Count: > 0 }))
        {
            CheckBoxes(processor, options);
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
            taken.Add(sample.Boxes is { } boxes ? sample with { Boxes = Follow(boxes, image, epoch, item) } : sample);
            for (var view = 0; view < options.ViewCount; view++)
            {
                fitted.Add(processor.Fit(options.Augmentations?.Apply(image, epoch, item, view) ?? image));
            }
        }

        return new(index, processor.Batch(fitted, Rent), taken) { Seed = options.Seed };
    }

    /// <summary>Takes the array of a batch back that nobody reads any more.</summary>
    public void Return(LoadedImages batch) => spare.Add(batch.Pixels.Values);

    private static void CheckBoxes(ImageProcessor processor, ImageLoaderOptions options)
    {
        if (options.Augmentations is { Losing: [_, ..] losing })
        {
            throw new PlinthException($"The samples have boxes, which would no longer fit after {string.Join(", ", losing.Select(step => step.GetType().Name))}. Leave these changes out, or use samples without boxes.");
        }

        if (processor.Cuts || options.ViewCount > 1)
        {
            throw new PlinthException("The samples have boxes, which would no longer fit where the processor cuts the pictures, or several views are made of each. Set do_center_crop to false, or use samples without boxes.");
        }
    }

    private IReadOnlyList<ImageBox> Follow(IReadOnlyList<ImageBox> boxes, RgbImage image, long epoch, int item) => processor.Fit(
        options.Augmentations is { } changes ? [.. boxes.Select(box => changes.Follow(box, image.Width, epoch, item))] : boxes, image.Height, image.Width);

    private (ImageSample Sample, RgbImage Image) Load(int item)
    {
        for (var tries = 0; ; tries++)
        {
            var sample = samples[(int)((item + (long)tries) % samples.Count)];
            try
            {
                return (sample, processor.Decode(sample.Image));
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
