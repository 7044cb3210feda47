using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers;
using Plinth.Layers.Blocks;
using Plinth.Layers.Convolution;
using Plinth.Layers.Norms;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Models.Vision.ConvNext;

/// <summary>ConvNeXt: stages of depth-wise convolutions, built like a transformer's blocks.</summary>
public sealed class ConvNextFamily : ImageFamily<ConvNextConfig>
{
    private const int LargestPatch = 4;

    // The reference fixes it for all norms but the head's.
    private static readonly NormOptions norm = new(Epsilon: 1e-6);

    /// <inheritdoc />
    public override string Paper => "Liu et al. 2022, arXiv:2201.03545";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Of("ConvNext", HeadKind.Pooled, HeadKind.ImageClassification);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.stem.patches.*", "convnext.embeddings.patch_embeddings.*"),
            new("backbone.stem.norm.*", "convnext.embeddings.layernorm.*"),
            new("backbone.stages.#.pairNorm.*", "convnext.encoder.stages.#.downsampling_layer.0.*"),
            new("backbone.stages.#.pairs.*", "convnext.encoder.stages.#.downsampling_layer.1.*"),
            new("backbone.stages.#.blocks.#.neighbourhood.*", "convnext.encoder.stages.#.layers.#.dwconv.*"),
            new("backbone.stages.#.blocks.#.norm.*", "convnext.encoder.stages.#.layers.#.layernorm.*"),
            new("backbone.stages.#.blocks.#.feedForward.up.*", "convnext.encoder.stages.#.layers.#.pwconv1.*"),
            new("backbone.stages.#.blocks.#.feedForward.down.*", "convnext.encoder.stages.#.layers.#.pwconv2.*"),
            new("backbone.stages.#.blocks.#.scale", "convnext.encoder.stages.#.layers.#.layer_scale_parameter"),
            new("head.norm.*", "convnext.layernorm.*"),
            new("head.classifier.*", "classifier.*"),
        ],
        prefix: "convnext.");

    /// <inheritdoc />
    protected override void Check(ConvNextConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(config.DropPathRate is >= 0 and < 1, "drop_path_rate", config.DropPathRate, "a probability below 1");
    }

    /// <inheritdoc />
    protected override void Describe(ConvNextConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        StagePlan.Check(rules, config.Depths, config.HiddenSizes, "hidden_sizes");
    }

    /// <inheritdoc />
    protected override Backbone Backbone(ConvNextConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var sizes = config.HiddenSizes;
        var backbone = new StageBackbone(
            sizes[^1],
            new PatchStem(config.NumChannels, config.PatchSize, sizes[0], norm, sizes.Count - 1, isPadded: false),
            sizes.Select((_, stage) => new ConvNextStage(stage == 0 ? null : sizes[stage - 1], Blocks(config, stage))));
        Initialization.AllMatrices(backbone, config.InitializerRange);
        return backbone;
    }

    /// <inheritdoc />
    protected override ModelHead? Head(HeadKind kind, ConvNextConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return ImageHeads.OfMean(
            kind, new() { HiddenSize = config.HiddenSizes[^1], LabelCount = config.LabelCount, Norm = new(Epsilon: config.LayerNormEps) });
    }

    /// <inheritdoc />
    protected override ConvNextConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var plan = StagePlan.Of(shape);
        return new()
        {
            NumChannels = shape.Image.ChannelCount,
            PatchSize = Math.Min(LargestPatch, shape.Image.PatchSize),
            Depths = plan.Depths,
            HiddenSizes = plan.Sizes,
        };
    }

    private static DepthwiseOptions[] Blocks(ConvNextConfig config, int stage)
    {
        var (before, all) = (config.Depths.Take(stage).Sum(), config.Depths.Sum());
        return
        [
            .. Enumerable.Range(before, config.Depths[stage]).Select(number => new DepthwiseOptions
            {
                Size = config.HiddenSizes[stage],
                Activation = config.HiddenAct,
                Norm = norm,
                FirstScale = config.LayerScaleInitValue > 0 ? config.LayerScaleInitValue : null,
                DropProbability = StochasticDepth.Of(config.DropPathRate, number, all),
            }),
        ];
    }
}
