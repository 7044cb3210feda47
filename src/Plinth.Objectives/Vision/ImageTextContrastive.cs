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

/// <summary>Bringing each text to its picture and away from the others of the batch, by <see cref="PairContrast"/>.</summary>
public sealed class ImageTextContrastive : Objective
{
    private readonly Model model;
    private readonly PairContrast contrast;

    /// <param name="model">A model of texts and pictures.</param>
    /// <param name="options">The loss, and how much is kept in memory; null takes the defaults.</param>
    /// <exception cref="PlinthException">The model has another head, or an option is impossible.</exception>
    public ImageTextContrastive(Model model, ImageTextContrastiveOptions? options = null)
        : base(nameof(ImageTextContrastive))
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        contrast = new(model, options?.Loss, options?.SubBatch);
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
    /// <remarks>Each pair is compared with all others; <see cref="ImageTextContrastiveOptions.SubBatch"/> saves memory without parting them.</remarks>
    public override int PartCount(Batch batch) => 1;

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The batch has not one picture per text.</exception>
    public override IReadOnlyList<LossTerm> Compute(Batch batch) => [contrast.Compute(batch)];

    /// <inheritdoc />
    public override void Backward(Tensor loss)
    {
        base.Backward(loss);
        contrast.Backward();
    }

    /// <inheritdoc />
    public override void Stepped(long step, long stepCount) => contrast.Stepped();
}
