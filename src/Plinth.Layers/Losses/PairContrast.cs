using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Losses;

/// <summary>
/// Brings each text to its picture and away from the others of the batch (Radford et al. 2021, arXiv:2103.00020), or judges each pair by
/// itself (Zhai et al. 2023, arXiv:2303.15343). A batch in parts is another problem than the whole, so large batches are computed with
/// cached gradients (Gao et al. 2021, arXiv:2101.06983): vectors of all pairs without gradients, the loss on them, then each part again.
/// </summary>
public sealed class PairContrast
{
    private readonly Model model;
    private readonly IPairHead head;
    private readonly PairLoss loss;
    private readonly int? subBatch;
    private CachedPairs? cached;

    /// <param name="model">A model of texts and pictures.</param>
    /// <param name="loss">How the pairs are learnt; null takes what the head was made for.</param>
    /// <param name="subBatch">Pairs whose activations are kept at one time; null keeps all.</param>
    /// <exception cref="PlinthException">The model has another head, or the number is impossible.</exception>
    public PairContrast(Model model, PairLoss? loss = null, int? subBatch = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (subBatch is < 1)
        {
            throw new RecipeException($"sub_batch = {subBatch} must be at least 1.");
        }

        (this.model, this.subBatch) = (model, subBatch);
        head = model.Head as IPairHead
            ?? throw new PlinthException($"Pairs are learnt by a head that compares texts with pictures, and this model's is {model.HeadKind}. Build it with {HeadKind.Contrastive}.");
        this.loss = loss ?? head.Loss;
    }

    /// <summary>The loss summed over the pairs.</summary>
    /// <param name="batch">Texts, and as many pictures.</param>
    /// <exception cref="ArgumentException">The batch has not one picture per text.</exception>
    public LossTerm Compute(Batch batch)
    {
        if (batch is not TextBatch { Images: { } images } pairs || images.Count != batch.Count)
        {
            throw new ArgumentException($"Pairs are a {nameof(TextBatch)} with as many {nameof(TextBatch.Images)} as texts.", nameof(batch));
        }

        cached = null;
        if (subBatch is not { } size || size >= batch.Count)
        {
            return Term(model.Logits(batch));
        }

        var parts = CachedPairs.Of(model, head, pairs, size);
        cached = parts.Vectors.Images.requires_grad ? parts : null;
        return Term(head.Compare(parts.Vectors.Images, parts.Vectors.Texts));
    }

    /// <summary>Takes the gradients on to the weights where the batch was computed in parts; called after the loss has handed on its own.</summary>
    public void Backward()
    {
        cached?.Backward();
        cached = null;
    }

    /// <summary>Keeps the scale of the logits within its bound; called after each step.</summary>
    public void Stepped() => head.BoundScale();

    private LossTerm Term(Tensor logits) => new("pairs", (loss == PairLoss.Choice ? ContrastiveLosses.Symmetric(logits) : ContrastiveLosses.Sigmoid(logits)).Sum) { IsLikelihood = false };
}
