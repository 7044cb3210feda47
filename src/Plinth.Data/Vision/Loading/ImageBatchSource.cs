using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Batches of a loader as a trainer takes them: the tensors are made here, on the trainer's own thread.</summary>
/// <param name="loader">Makes the values. It stays the caller's.</param>
/// <param name="collate">Makes a batch of them; it must copy the values, as <see cref="PixelBatch.Pixels"/> does.</param>
public sealed class ImageBatchSource(ImageLoader loader, Func<LoadedImages, Batch> collate) : IBatchSource
{
    /// <inheritdoc />
    public long BatchesPerEpoch => loader.BatchesPerEpoch;

    /// <inheritdoc />
    public Batch At(long index)
    {
        var images = loader.At(index);
        var batch = collate(images);
        loader.Return(images);
        return batch;
    }
}
