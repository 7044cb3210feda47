using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tasks.Vision;

/// <summary>What tasks on pictures share: decoding and processing.</summary>
public abstract class ImageTask : SampleTask<ImageSample>
{
    /// <param name="name">Name of the task, as in its catalog.</param>
    /// <param name="model">The model that learns and answers.</param>
    /// <param name="processor">Makes values of pictures, as the model wants them.</param>
    /// <param name="options">Batches, and what learns.</param>
    /// <param name="head">The head that the task needs, or null for any.</param>
    /// <exception cref="PlinthException">The model has another head, or nothing in it would learn.</exception>
    protected ImageTask(string name, Model model, ImageProcessor processor, TaskOptions options, HeadKind? head)
        : base(name, model, options, head) => Processor = processor ?? throw new ArgumentNullException(nameof(processor));

    /// <summary>Makes values of pictures.</summary>
    public ImageProcessor Processor { get; }

    /// <summary>Whether the places of things in a picture are learnt, so that boxes move with the pictures, and what would lose them is refused.</summary>
    public virtual bool UsesBoxes => false;

    /// <summary>Makes a batch of pictures that a loader has decoded; it copies their values.</summary>
    public Batch Collate(LoadedImages images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var random = images.Randomness();
        return Labelled(Tensors(images.Pixels), [.. images.Samples.Select(sample => Chosen(sample, random))]);
    }

    /// <summary>What of a sample is learnt this time, where it offers several things, as captions; by default all of it.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="random">Randomness of the batch.</param>
    protected virtual ImageSample Chosen(ImageSample sample, Random random) => sample;

    /// <summary>Adds what is learnt, when the samples have it.</summary>
    /// <param name="images">The values of the pictures.</param>
    /// <param name="samples">What is known of them; boxes, where they are used, are in pixels of the values.</param>
    protected abstract Batch Labelled(ImageBatch images, IReadOnlyList<ImageSample> samples);

    /// <inheritdoc />
    protected sealed override Batch CollateSamples(IReadOnlyList<ImageSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        RgbImage[] images = [.. samples.Select(sample => Processor.Decode(sample.Image))];
        return Labelled(Tensors(Processor.Process(images)), UsesBoxes ? [.. samples.Zip(images, Fitted)] : samples);
    }

    /// <inheritdoc />
    protected sealed override long ElementsOf(ImageSample sample) => Model.Backbone.MaximumLength;

    /// <summary>Decodes and processes pictures.</summary>
    /// <exception cref="BadInputException">One cannot be read.</exception>
    protected ImageBatch Read(IReadOnlyList<ImageSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return Tensors(Processor.Process([.. samples.Select(sample => Processor.Decode(sample.Image))]));
    }

    private ImageSample Fitted(ImageSample sample, RgbImage image) => sample.Boxes is { } boxes ? sample with { Boxes = Processor.Fit(boxes, image.Height, image.Width) } : sample;

    private ImageBatch Tensors(PixelBatch pixels) => pixels.ToBatch(Model.Backbone.MaximumLength);
}
