using Plinth.Core;
using Plinth.Data.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Vision;

/// <summary>What stands for a picture.</summary>
public enum ImagePooling
{
    /// <summary>The vector of the class token, the first.</summary>
    ClassToken,

    /// <summary>The mean of the patches, without the class token.</summary>
    Mean,
}

/// <summary>Pictures in, one vector of unit length for each out.</summary>
public sealed class ImageEmbeddingPipeline
{
    private readonly Model model;
    private readonly ImageProcessor processor;
    private readonly ImagePooling? pooling;
    private readonly int batchSize;

    /// <param name="model">A model that sees; of texts and pictures the vector in their common space is taken. It stays the caller's.</param>
    /// <param name="processor">Its image processor.</param>
    /// <param name="pooling">What stands for a picture; null takes the class token where there is one, else the mean.</param>
    /// <param name="batchSize">Pictures that are decoded, and at most are computed, together.</param>
    /// <exception cref="PlinthException">The model sees no pictures, or has no place for the pooling.</exception>
    public ImageEmbeddingPipeline(Model model, ImageProcessor processor, ImagePooling? pooling = null, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(processor);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        var isPair = model.Head is IPairHead;
        if (!isPair && model.Family.Modality != Modality.Image)
        {
            throw new PlinthException($"Vectors of pictures come from a model that sees, and a '{model.Family.ModelType}' with the head {model.HeadKind} has none. Load a vit, dinov2, clip or siglip.");
        }

        if (pooling is not null && (isPair || model.HeadKind == HeadKind.Pooled))
        {
            throw new PlinthException($"This model's head makes the vector of a picture by itself; a pooling of {pooling} has no place. Leave pooling out.");
        }

        (this.model, this.processor, this.pooling, this.batchSize) = (model, processor, pooling, batchSize);
    }

    /// <summary>The head with which a family makes vectors of pictures: that of the space that texts share, else none, else what it always has.</summary>
    /// <param name="heads">The heads of the family.</param>
    public static HeadKind HeadFor(IReadOnlyDictionary<HeadKind, string> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        return heads.ContainsKey(HeadKind.Contrastive) ? HeadKind.Contrastive : heads.Count == 1 && heads.ContainsKey(HeadKind.Pooled) ? HeadKind.Pooled : HeadKind.None;
    }

    /// <summary>Vectors of pictures, in their order.</summary>
    /// <param name="pictures">Any number; each is decoded when its turn comes, several at once.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    /// <exception cref="BadInputException">A picture cannot be read.</exception>
    public IReadOnlyList<float[]> Embed(IReadOnlyList<ImageSource> pictures, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        return PictureReader.MapInLanes<float[]>(pictures, processor, model, batchSize, batch =>
        {
            var vectors = nn.functional.normalize(Pooled(batch).to(ScalarType.Float32), 2, -1).cpu().contiguous();          // [batch, hidden]
            return [.. vectors.data<float>().ToArray().Chunk((int)vectors.size(-1))];
        }, cancellation);
    }

    private Tensor Pooled(ImageBatch batch)
    {
        if (model.Head is IPairHead pair)
        {
            return pair.ImageVectors(model.Backbone.Run(batch), model.Backbone);
        }

        if (model.HeadKind == HeadKind.Pooled)
        {
            return model.Logits(batch);
        }

        var embedded = model.Backbone.Embed(batch);
        var hasClass = embedded is EmbeddedImages images && images.Vectors.size(1) > images.RowCount * images.ColumnCount;
        var hidden = model.Backbone.Encode(embedded);                                                                       // [batch, seq, hidden]
        return (pooling ?? (hasClass ? ImagePooling.ClassToken : ImagePooling.Mean), hasClass) switch
        {
            (ImagePooling.ClassToken, true) => hidden.select(1, 0),
            (ImagePooling.ClassToken, false) => throw new PlinthException($"A '{model.Family.ModelType}' has no class token. Set pooling to mean, or leave it out."),
            (_, true) => hidden.narrow(1, 1, hidden.size(1) - 1).mean([1L]),
            _ => hidden.mean([1L]),
        };
    }
}
