using Plinth.Core;
using Plinth.Layers.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives.Vision;

/// <summary>How pictures and captions are compared.</summary>
public sealed record ImageTextContrastiveOptions
{
    /// <summary>How the pairs are learnt: <c>choice</c> as in CLIP, <c>each_pair</c> as in SigLIP; null takes what the head was made for.</summary>
    public PairLoss? Loss { get; init; }

    /// <summary>Pairs whose activations are kept at one time; the gradient is that of the whole batch all the same, for a second forward pass. Null keeps all.</summary>
    public int? SubBatch { get; init; }
}

/// <summary>
/// Bringing each text to its picture and away from the others of the batch (Radford et al. 2021, arXiv:2103.00020), or judging each pair
/// by itself (Zhai et al. 2023, arXiv:2303.15343). A batch in parts is another task than the whole, so large batches are computed with
/// cached gradients (Gao et al. 2021, arXiv:2101.06983): vectors of all pairs without gradients, the loss on them, then each part again.
/// </summary>
public sealed class ImageTextContrastive : Objective
{
    private readonly Model model;
    private readonly IPairHead head;
    private readonly ImageTextContrastiveOptions options;
    private CachedPairs? cached;

    /// <param name="model">A model of texts and pictures.</param>
    /// <param name="options">The loss, and how much is kept in memory; null takes the defaults.</param>
    /// <exception cref="PlinthException">The model has another head, or an option is impossible.</exception>
    public ImageTextContrastive(Model model, ImageTextContrastiveOptions? options = null)
        : base(nameof(ImageTextContrastive))
    {
        ArgumentNullException.ThrowIfNull(model);
        this.options = options ?? new();
        if (this.options.SubBatch is < 1)
        {
            throw new RecipeException($"sub_batch = {this.options.SubBatch} of image_text_contrastive must be at least 1.");
        }

        this.model = model;
        head = model.Head as IPairHead
            ?? throw new PlinthException($"Pairs are learnt by a head that compares texts with pictures, and this model's is {model.HeadKind}. Build it with {HeadKind.Contrastive}.");
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Model Model => model;

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return [batch.Count];
    }

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The batch has not one picture per text.</exception>
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        if (batch is not TextBatch { Images: { } images } pairs || images.Count != batch.Count)
        {
            throw new ArgumentException($"Pairs are a {nameof(TextBatch)} with as many {nameof(TextBatch.Images)} as texts.", nameof(batch));
        }

        cached = null;
        if (options.SubBatch is not { } size || size >= batch.Count)
        {
            return [Term(model.Logits(batch))];
        }

        var parts = CachedPairs.Of(model, head, pairs, size);
        cached = parts.Vectors.Images.requires_grad ? parts : null;
        return [Term(head.Compare(parts.Vectors.Images, parts.Vectors.Texts))];
    }

    /// <inheritdoc />
    public override void Backward(Tensor loss)
    {
        base.Backward(loss);
        cached?.Backward();
        cached = null;
    }

    private LossTerm Term(Tensor logits) =>
        new("pairs", ((options.Loss ?? head.Loss) == PairLoss.Choice ? ContrastiveLosses.Symmetric(logits) : ContrastiveLosses.Sigmoid(logits)).Sum);
}
