using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Convolution;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Models.Vision.ResNet;

/// <summary>ResNet: stages of convolutions that are added to what they read.</summary>
public sealed class ResNetFamily : ImageFamily<ResNetConfig>
{
    private const string Basic = "basic", Bottleneck = "bottleneck";

    /// <inheritdoc />
    public override string Paper => "He et al. 2015, arXiv:1512.03385";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Of("ResNet", HeadKind.Pooled, HeadKind.ImageClassification);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            .. ConvolutionKeys("backbone.stem.first.", "resnet.embedder.embedder."),
            .. ConvolutionKeys("backbone.stages.#.layers.#.parts.#.", "resnet.encoder.stages.#.layers.#.layer.#."),
            .. ConvolutionKeys("backbone.stages.#.layers.#.shortcut.", "resnet.encoder.stages.#.layers.#.shortcut."),
            new("head.classifier.*", "classifier.1.*"),
        ],
        prefix: "resnet.");

    /// <inheritdoc />
    protected override void Check(ResNetConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(config.LayerType is Basic or Bottleneck, "layer_type", config.LayerType, $"{Basic} or {Bottleneck}");
    }

    /// <inheritdoc />
    protected override void Describe(ResNetConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        StagePlan.Check(rules, config.Depths, config.HiddenSizes, "hidden_sizes");
    }

    /// <inheritdoc />
    protected override Backbone Backbone(ResNetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new StageBackbone(config.HiddenSizes[^1], new ResNetStem(config), config.Depths.Select((depth, stage) => new ResNetStage(First(config, stage), depth)));
    }

    /// <inheritdoc />
    protected override ModelHead? Head(HeadKind kind, ResNetConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return ImageHeads.OfMean(kind, new() { HiddenSize = config.HiddenSizes[^1], LabelCount = config.LabelCount });
    }

    /// <inheritdoc />
    protected override ResNetConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var plan = StagePlan.Of(shape);
        return new()
        {
            NumChannels = shape.Image.ChannelCount,
            Depths = plan.Depths,
            HiddenSizes = plan.Sizes,
            EmbeddingSize = Math.Max(1, plan.Sizes[0] / 4),
        };
    }

    private static ResidualOptions First(ResNetConfig config, int stage) => new()
    {
        InputSize = stage == 0 ? config.EmbeddingSize : config.HiddenSizes[stage - 1],
        OutputSize = config.HiddenSizes[stage],
        Step = stage > 0 || config.DownsampleInFirstStage ? 2 : 1,
        IsBottleneck = config.LayerType == Bottleneck,
        StepsFirst = config.DownsampleInBottleneck,
        Activation = config.HiddenAct,
    };

    private static KeyRule[] ConvolutionKeys(string ours, string theirs) =>
    [
        new(ours + "convolution.*", theirs + "convolution.*"),
        new(ours + "norm.mean", theirs + "normalization.running_mean"),
        new(ours + "norm.variance", theirs + "normalization.running_var"),
        new(ours + "norm.batchCount", theirs + "normalization.num_batches_tracked"),
        new(ours + "norm.*", theirs + "normalization.*"),
    ];
}
