using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Plinth.Core;
using Plinth.Data.Batching;
using Plinth.Data.Vision;
using Plinth.Recipes.Vision;
using Plinth.Tasks.Vision;

namespace Plinth.Recipes;

/// <summary>The batches that are trained on; those of pictures are made ahead, on a thread of its own.</summary>
internal sealed partial class TrainingBatches : IDisposable
{
    private readonly ImageLoader? loader;
    private readonly IDisposable? owned;
    private readonly ILogger logger = NullLogger.Instance;

    /// <param name="task">The task.</param>
    /// <param name="samples">Samples to learn from.</param>
    /// <param name="images">What the recipe says of pictures, or null.</param>
    /// <param name="batchSize">Samples in a batch.</param>
    /// <param name="seed">Chooses the orders and changes.</param>
    /// <param name="logger">Told how the loader kept up, and of pictures that cannot be decoded; or null.</param>
    public TrainingBatches(ModelTask task, IReadOnlyList<Sample> samples, ImageDataRecipe? images, int batchSize, int seed, ILogger? logger)
    {
        this.logger = logger ?? this.logger;
        if (task is not ImageTask pictures)
        {
            Source = new SampleBatches(samples, task.Collate, batchSize, (ulong)seed);
            return;
        }

        // Where nothing is learnt of places, changes may move things as they like.
        loader = Load([.. samples.Cast<ImageSample>().Select(sample => pictures.UsesBoxes ? sample : sample with { Boxes = null })], pictures.Processor, images ?? new(), new() { BatchSize = batchSize, Seed = (ulong)seed });
        Source = new ImageBatchSource(loader, pictures.Collate);
    }

    /// <param name="samples">Pictures to learn from.</param>
    /// <param name="processor">Makes values of them.</param>
    /// <param name="collate">Makes batches of the values.</param>
    /// <param name="images">What the recipe says of pictures.</param>
    /// <param name="options">Size, order and views of the batches.</param>
    /// <param name="logger">Told how the loader kept up, and of pictures that cannot be decoded; or null.</param>
    public TrainingBatches(
        IReadOnlyList<ImageSample> samples, ImageProcessor processor, Func<LoadedImages, Batch> collate, ImageDataRecipe images, ImageLoaderOptions options, ILogger? logger)
    {
        this.logger = logger ?? this.logger;
        loader = Load(samples, processor, images, options);
        Source = new ImageBatchSource(loader, collate);
    }

    /// <param name="source">Batches that are made when they are asked for.</param>
    /// <param name="owned">What they are made of, to be let go with them; or null.</param>
    public TrainingBatches(IBatchSource source, IDisposable? owned = null) => (Source, this.owned) = (source, owned);

    /// <summary>The batches.</summary>
    public IBatchSource Source { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        if (loader is not null)
        {
            if (loader.Report.BatchCount > 0)
            {
                KeptUp(logger, loader.Report);
            }

            loader.Dispose();
        }

        owned?.Dispose();
    }

    private ImageLoader Load(IReadOnlyList<ImageSample> samples, ImageProcessor processor, ImageDataRecipe images, ImageLoaderOptions options) => new(samples, processor, options with
    {
        Prefetch = images.Prefetch,
        Augmentations = AugmentationCatalog.Make(images.Augmentations, (int)options.Seed),
        BadPicture = error => BadPicture(logger, error.Message),
    });

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem} The next picture of the set takes its place")]
    private static partial void BadPicture(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Loading pictures: {Report}")]
    private static partial void KeptUp(ILogger logger, ImageLoaderReport report);
}
