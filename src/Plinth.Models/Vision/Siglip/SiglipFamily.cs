using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Models.Text.Heads;
using Plinth.Models.Vision.Clip;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Models.Vision.Siglip;

/// <summary>The part of SigLIP that reads: texts are padded to the full length, and the last column stands for all.</summary>
public sealed class SiglipTextFamily : ClipTextTypeFamily<SiglipTextConfig>
{
    /// <inheritdoc />
    public override string Paper => "Zhai et al. 2023, arXiv:2303.15343";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = new Dictionary<HeadKind, string> { [HeadKind.Pooled] = "SiglipTextModel" };

    /// <inheritdoc />
    protected override AttentionPattern Pattern => AttentionPattern.Bidirectional;

    /// <inheritdoc />
    protected override TextVectorOptions Vector(SiglipTextConfig config) =>
        new() { HiddenSize = config.HiddenSize, Summary = TextSummary.LastColumn, OutputSize = config.ProjectionSize ?? config.HiddenSize };
}

/// <summary>The part of SigLIP that sees: no class token, a learned question to all patches instead.</summary>
public sealed class SiglipVisionFamily : ClipVisionTypeFamily<SiglipVisionConfig>
{
    /// <inheritdoc />
    public override string Paper => "Zhai et al. 2023, arXiv:2303.15343";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = new Dictionary<HeadKind, string> { [HeadKind.Pooled] = "SiglipVisionModel" };

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            .. SharedKeys,
            new("backbone.stack.finalNorm.*", "vision_model.post_layernorm.*"),
            new("head.probe", "vision_model.head.probe"),
            new("head.attention.fused.weight", "vision_model.head.attention.in_proj_weight"),
            new("head.attention.fused.bias", "vision_model.head.attention.in_proj_bias"),
            new("head.attention.output.*", "vision_model.head.attention.out_proj.*"),
            new("head.norm.*", "vision_model.head.layernorm.*"),
            new("head.feedForward.up.*", "vision_model.head.mlp.fc1.*"),
            new("head.feedForward.down.*", "vision_model.head.mlp.fc2.*"),
        ],
        prefix: "",
        ignored: ["vision_model.embeddings.position_ids"]);

    /// <inheritdoc />
    protected override void Check(SiglipVisionConfig config, ConfigRules rules) =>
        rules.Require(config.VisionUseHead != false, "vision_use_head", config.VisionUseHead, "true");

    /// <inheritdoc />
    protected override PatchOptions Patches(SiglipVisionConfig config) => base.Patches(config) with { HasClassToken = false, FinalNorm = config.Norm() };

    /// <inheritdoc />
    protected override ModelHead? Head(HeadKind kind, SiglipVisionConfig config)
    {
        if (kind != HeadKind.Pooled)
        {
            return null;
        }

        var blocks = config.Blocks();
        return new AttentionPoolHead(blocks.Attention with { Layout = ProjectionLayout.Stacked }, blocks.FeedForward, config.Norm());
    }
}

/// <summary>SigLIP: texts and pictures in one space, each pair judged by itself.</summary>
public sealed class SiglipFamily() : PairFamily<SiglipConfig, SiglipTextConfig, SiglipVisionConfig>(
    new SiglipTextFamily(),
    new SiglipVisionFamily(),
    new("head.scale", "logit_scale"),
    new("head.shift", "logit_bias"))
{
    /// <inheritdoc />
    public override string Paper => "Zhai et al. 2023, arXiv:2303.15343";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Of("Siglip", HeadKind.Contrastive);

    /// <inheritdoc />
    // Section 3.2: a factor of 10 and a shift of -10, so that at first nearly all pairs are judged as not matching, which they are.
    protected override PairHeadOptions Pairs(SiglipConfig config) => new()
    {
        TextSize = config.TextConfig.HiddenSize,
        ImageSize = config.VisionConfig.HiddenSize,
        Loss = PairLoss.EachPair,
        Scale = Math.Log(10),
        Shift = -10,
    };
}
