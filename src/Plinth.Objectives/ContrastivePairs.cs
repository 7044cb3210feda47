using Plinth.Core;
using Plinth.Layers.Losses;

namespace Plinth.Objectives;

/// <summary>
/// Bringing each text to its picture and away from the others of the batch (Radford et al. 2021, arXiv:2103.00020), or judging each pair
/// by itself (Zhai et al. 2023, arXiv:2303.15343), as the head was made for. A batch in parts is another task than the whole.
/// </summary>
public sealed class ContrastivePairs : Objective
{
    private readonly Model model;
    private readonly IPairHead head;

    /// <param name="model">A model of texts and pictures.</param>
    /// <exception cref="PlinthException">The model has another head.</exception>
    public ContrastivePairs(Model model)
        : base(nameof(ContrastivePairs))
    {
        ArgumentNullException.ThrowIfNull(model);
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
        if (batch is not TextBatch { Images: { } images } || images.Count != batch.Count)
        {
            throw new ArgumentException($"Pairs are a {nameof(TextBatch)} with as many {nameof(TextBatch.Images)} as texts.", nameof(batch));
        }

        var logits = model.Logits(batch);
        return [new("pairs", (head.Loss == PairLoss.Choice ? ContrastiveLosses.Symmetric(logits) : ContrastiveLosses.Sigmoid(logits)).Sum)];
    }
}
