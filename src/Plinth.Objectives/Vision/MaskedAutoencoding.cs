using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Objectives.Vision;

/// <summary>Drawing hidden patches from the few that the encoder sees (He et al. 2021, arXiv:2111.06377).</summary>
public sealed class MaskedAutoencoding : Objective
{
    private readonly Model model;
    private readonly IPixelHead head;

    /// <param name="model">A model whose head draws patches.</param>
    /// <exception cref="PlinthException">The model has another head.</exception>
    public MaskedAutoencoding(Model model)
        : base(nameof(MaskedAutoencoding))
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        head = model.Head as IPixelHead
            ?? throw new PlinthException($"Masked autoencoding needs a head that draws patches, and this model's is {model.HeadKind}. Build it with {HeadKind.MaskedImageModeling}.");
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Model Model => model;

    /// <summary>The patches that stay visible when each has a number and the smallest stay, in that order.</summary>
    /// <param name="noise">A number per patch; <c>[batch, patch]</c>.</param>
    /// <param name="hiddenShare">Share that is hidden, 0 to 1.</param>
    /// <returns>int64 <c>[batch, visible]</c>.</returns>
    public static Tensor Visible(Tensor noise, double hiddenShare)
    {
        ArgumentNullException.ThrowIfNull(noise);
        return noise.argsort(1).narrow(1, 0, (long)(noise.size(1) * (1 - hiddenShare)));
    }

    /// <inheritdoc />
    public override Batch Prepare(Batch batch, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var images = ImageBatches.Of(batch);
        var noise = tensor(Enumerable.Range(0, images.Count * head.PatchCount).Select(_ => random.NextDouble()).ToArray()).view(images.Count, head.PatchCount);
        return images with { VisiblePatches = Visible(noise, head.HiddenShare) };
    }

    /// <inheritdoc />
    public override IReadOnlyList<long> CountTargets(Batch batch) =>
        [ImageBatches.Of(batch).Count * (head.PatchCount - Seen(batch).size(1))];

    /// <inheritdoc />
    /// <remarks>The loss of a patch is the mean of its squared errors; patches that were seen do not count.</remarks>
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        var errors = (model.Logits(batch) - head.Targets(ImageBatches.Of(batch).PixelValues)).square().mean([-1L]); // [batch, patch]
        return [new("masked_pixels", errors.scatter(1, Seen(batch), zeros_like(Seen(batch), errors.dtype)).sum()) { IsLikelihood = false }];
    }

    private static Tensor Seen(Batch batch) => ImageBatches.Of(batch).VisiblePatches
        ?? throw new ArgumentException($"The batch hides nothing: call {nameof(Prepare)} first.", nameof(batch));
}
