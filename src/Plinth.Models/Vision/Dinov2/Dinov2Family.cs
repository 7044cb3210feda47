using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;
using Plinth.Models.Vision.Vit;

namespace Plinth.Models.Vision.Dinov2;

/// <summary>DINOv2: features of pictures that were learnt without labels and serve as they are.</summary>
public sealed class Dinov2Family : VitTypeFamily<Dinov2Config>
{
    private static readonly KeyMap plain = Map("mlp.fc1.*", "mlp.fc2.*"), gated = Map("mlp.weights_in.*", "mlp.weights_out.*");

    /// <inheritdoc />
    public override string Paper => "Oquab et al. 2023, arXiv:2304.07193";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Of("Dinov2", HeadKind.Pooled, HeadKind.ImageClassification);

    /// <inheritdoc />
    public override KeyMap Keys => plain;

    /// <inheritdoc />
    public override KeyMap KeysOf(ModelConfig config) => ((Dinov2Config)config).UseSwigluFfn ? gated : plain;

    /// <inheritdoc />
    protected override bool InterpolatesByDefault => true;

    /// <inheritdoc />
    protected override void Check(Dinov2Config config, ConfigRules rules)
    {
        rules.Require(config.DropPathRate == 0, "drop_path_rate", config.DropPathRate, "0");
        rules.Require(config.MlpRatio is > 0 and <= 64, "mlp_ratio", config.MlpRatio, "a factor above 0 and at most 64");
    }

    /// <inheritdoc />
    // A gated network has three matrices for two, so it is two thirds as wide, in multiples of 8.
    protected override int InnerSize(Dinov2Config config)
    {
        var inner = (int)(config.HiddenSize * config.MlpRatio);
        return config.UseSwigluFfn ? ((int)(inner * 2 / 3.0) + 7) / 8 * 8 : inner;
    }

    /// <inheritdoc />
    protected override PatchOptions Patches(Dinov2Config config)
    {
        var options = base.Patches(config);
        var blocks = options.Blocks with { OutputScale = config.LayerscaleValue };
        return options with
        {
            HasMaskToken = config.UseMaskToken,
            Blocks = config.UseSwigluFfn ? blocks with { FeedForward = blocks.FeedForward with { IsGated = true, IsGateFused = true, Activation = "silu" } } : blocks,
        };
    }

    /// <inheritdoc />
    protected override ImageHeadOptions Heads(Dinov2Config config) => base.Heads(config) with { Summary = ImageSummary.FirstAndMean };

    private static KeyMap Map(string up, string down)
    {
        const string Ours = "backbone.stack.blocks.layers.#.", Theirs = "dinov2.encoder.layer.#.";
        return new(
            [
                new(Ours + "attentionNorm.*", Theirs + "norm1.*"),
                new(Ours + "attentionScale", Theirs + "layer_scale1.lambda1"),
                new(Ours + "feedForwardNorm.*", Theirs + "norm2.*"),
                new(Ours + "feedForwardScale", Theirs + "layer_scale2.lambda1"),
                new(Ours + "feedForward.up.*", Theirs + up),
                new(Ours + "feedForward.down.*", Theirs + down),
                .. BackboneKeys("dinov2."),
                new("head.classifier.*", "classifier.*"),
            ],
            prefix: "dinov2.");
    }
}
