using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Inference.Vision;

/// <summary>Decoded pictures to batches of a model.</summary>
internal static class PictureReader
{
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
            var decoded = window.Select(place => (Place: place, Image: pictures[place].Load())).ToList();
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
}
