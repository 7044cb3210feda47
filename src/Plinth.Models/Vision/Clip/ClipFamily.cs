using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Models.Text.Heads;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Models.Vision.Clip;

/// <summary>The part of CLIP that reads: a causal transformer whose end token has seen the whole text.</summary>
public sealed class ClipTextFamily : ClipTextTypeFamily<ClipTextConfig>
{
    // Configs written before the end token's id was put right all say 2; the vocabulary's largest id is the true one.
    private const int WrongEndId = 2;

    /// <inheritdoc />
    public override string Paper => "Radford et al. 2021, arXiv:2103.00020";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = new Dictionary<HeadKind, string> { [HeadKind.Pooled] = "CLIPTextModel" };

    /// <inheritdoc />
    protected override AttentionPattern Pattern => AttentionPattern.Causal;

    /// <inheritdoc />
    protected override void Check(ClipTextConfig config, ConfigRules rules) =>
        rules.Require(config.EndIds.Count == 1, "eos_token_id", config.EosTokenId, "one id");

    /// <inheritdoc />
    protected override TextVectorOptions Vector(ClipTextConfig config) => new()
    {
        HiddenSize = config.HiddenSize,
        Summary = config.EndIds[0] == WrongEndId ? TextSummary.LargestId : TextSummary.EndToken,
        EndId = config.EndIds[0],
    };
}

/// <summary>The part of CLIP that sees: ViT with a norm before its blocks.</summary>
public sealed class ClipVisionFamily : ClipVisionTypeFamily<ClipVisionConfig>
{
    /// <inheritdoc />
    public override string Paper => "Radford et al. 2021, arXiv:2103.00020";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = new Dictionary<HeadKind, string> { [HeadKind.Pooled] = "CLIPVisionModel" };

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            .. SharedKeys,
            new("backbone.stack.classToken", "vision_model.embeddings.class_embedding"),
            // The reference's slip of the pen is part of every file.
            new("backbone.stack.embeddingNorm.*", "vision_model.pre_layrnorm.*"),
            new("head.norm.*", "vision_model.post_layernorm.*"),
        ],
        prefix: "",
        ignored: ["vision_model.embeddings.position_ids"]);

    /// <inheritdoc />
    protected override PatchOptions Patches(ClipVisionConfig config) => base.Patches(config) with { HasPatchBias = false, EmbeddingNorm = config.Norm() };

    /// <inheritdoc />
    protected override ImageHeadOptions Heads(ClipVisionConfig config) => base.Heads(config) with { Norm = config.Norm() };
}

/// <summary>CLIP: texts and pictures in one space, learnt from captions.</summary>
public sealed class ClipFamily() : PairFamily<ClipConfig, ClipTextConfig, ClipVisionConfig>(
    new ClipTextFamily(),
    new ClipVisionFamily(),
    new("head.textProjection.*", "text_projection.*"),
    new("head.imageProjection.*", "visual_projection.*"),
    new("head.scale", "logit_scale"))
{
    /// <inheritdoc />
    public override string Paper => "Radford et al. 2021, arXiv:2103.00020";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Of("CLIP", HeadKind.Contrastive);

    /// <inheritdoc />
    protected override PairHeadOptions Pairs(ClipConfig config) => new()
    {
        TextSize = config.TextConfig.HiddenSize,
        ImageSize = config.VisionConfig.HiddenSize,
        CommonSize = config.ProjectionDim,
        Loss = PairLoss.Choice,
        Scale = config.LogitScaleInitValue,
    };

    /// <inheritdoc />
    protected override ClipConfig ShapeOf(ModelShape shape) => base.ShapeOf(shape) with { ProjectionDim = shape.HiddenSize };
}
