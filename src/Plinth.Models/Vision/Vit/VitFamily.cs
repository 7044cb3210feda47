using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Vision.Heads;

namespace Plinth.Models.Vision.Vit;

/// <summary>ViT: pictures as sequences of patches, classified by a token of their own.</summary>
public sealed class VitFamily : VitTypeFamily<VitConfig>
{
    /// <inheritdoc />
    public override string Paper => "Dosovitskiy et al. 2020, arXiv:2010.11929";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Of("ViT", HeadKind.Pooled, HeadKind.ImageClassification);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [.. BackboneKeys("vit."), new("head.vector.dense.*", "vit.pooler.dense.*"), new("head.classifier.*", "classifier.*")],
        prefix: "vit.");

    /// <inheritdoc />
    public override IReadOnlyList<ForeignForm> ForeignForms { get; } = [TimmForm.Form];

    /// <inheritdoc />
    protected override int InnerSize(VitConfig config) => config.IntermediateSize;

    /// <inheritdoc />
    protected override ImageHeadOptions Heads(VitConfig config) =>
        base.Heads(config) with { VectorSize = config.PoolerOutputSize ?? config.HiddenSize, VectorActivation = config.PoolerAct };

    /// <inheritdoc />
    protected override VitConfig ShapeOf(ModelShape shape) => base.ShapeOf(shape) with { IntermediateSize = 4 * shape.HiddenSize };
}
