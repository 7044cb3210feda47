using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Models.Vision.Swin;

/// <summary>Swin: a transformer over windows that shift from block to block, on maps that grow coarser and wider.</summary>
public sealed class SwinFamily : ImageFamily<SwinConfig>
{
    private const int LargestPatch = 4, LargestStageCount = 16, LargestWindow = 256;

    /// <inheritdoc />
    public override string Paper => "Liu et al. 2021, arXiv:2103.14030";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Of("Swin", HeadKind.Pooled, HeadKind.ImageClassification);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.stem.patches.*", "swin.embeddings.patch_embeddings.projection.*"),
            new("backbone.stem.norm.*", "swin.embeddings.norm.*"),
            .. BlockKeys("backbone.stages.#.blocks.layers.#.", "swin.encoder.layers.#.blocks.#."),
            new("backbone.stages.#.pairNorm.*", "swin.encoder.layers.#.downsample.norm.*"),
            new("backbone.stages.#.pairs.*", "swin.encoder.layers.#.downsample.reduction.*"),
            new("backbone.finalNorm.*", "swin.layernorm.*"),
            new("head.classifier.*", "classifier.*"),
        ],
        prefix: "swin.",
        ignored: ["swin.encoder.layers.#.blocks.#.attention.self.relative_position_index", "encoder.layers.#.blocks.#.attention.self.relative_position_index"]);

    /// <inheritdoc />
    protected override void Check(SwinConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(!config.UseAbsoluteEmbeddings, "use_absolute_embeddings", config.UseAbsoluteEmbeddings, "false");
        rules.Require(config.WindowSize <= LargestWindow, "window_size", config.WindowSize, $"up to {LargestWindow}");
        rules.Require(config.DropPathRate is >= 0 and < 1, "drop_path_rate", config.DropPathRate, "a probability below 1");
        rules.Require(config.MlpRatio is > 0 and < 1024, "mlp_ratio", config.MlpRatio, "a ratio above 0 and below 1024");
    }

    /// <inheritdoc />
    protected override void Describe(SwinConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        StagePlan.Check(rules, config.Depths, config.NumHeads, "num_heads");
        rules.Require(config.Depths.Count <= LargestStageCount, "depths", config.Depths.Count, $"up to {LargestStageCount} stages");
        rules.Size("embed_dim · 2^stages", (int)Math.Min(int.MaxValue, (long)config.EmbedDim << (config.Depths.Count - 1)));
    }

    /// <inheritdoc />
    protected override Backbone Backbone(SwinConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var count = config.Depths.Count;
        var backbone = new StageBackbone(
            Size(config, count - 1),
            new PatchStem(config.NumChannels, config.PatchSize, config.EmbedDim, new(), count - 1, isPadded: true),
            Enumerable.Range(0, count).Select(stage => new SwinStage(Blocks(config, stage), isLast: stage == count - 1)),
            new(Epsilon: config.LayerNormEps));
        Initialization.AllMatrices(backbone, config.InitializerRange);
        return backbone;
    }

    /// <inheritdoc />
    protected override ModelHead? Head(HeadKind kind, SwinConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return ImageHeads.OfMean(kind, new() { HiddenSize = Size(config, config.Depths.Count - 1), LabelCount = config.LabelCount });
    }

    /// <inheritdoc />
    protected override SwinConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var plan = StagePlan.Of(shape);
        var count = plan.Sizes.Count;
        return new()
        {
            ImageSize = new(shape.Image.Size),
            NumChannels = shape.Image.ChannelCount,
            PatchSize = Math.Min(LargestPatch, shape.Image.PatchSize),
            EmbedDim = plan.Sizes[0],
            Depths = plan.Depths,
            NumHeads = [.. plan.Sizes.Select((size, stage) => Heads(size, shape.HeadCount >> (count - 1 - stage)))],
            DropPathRate = 0,
        };
    }

    // As many as asked for, or fewer where they would not divide the width.
    private static int Heads(int size, int wanted)
    {
        var heads = Math.Max(1, wanted);
        while (size % heads != 0)
        {
            heads--;
        }

        return heads;
    }

    private static int Size(SwinConfig config, int stage) => config.EmbedDim << stage;

    private static TransformerOptions Blocks(SwinConfig config, int stage)
    {
        var (before, all, size) = (config.Depths.Take(stage).Sum(), config.Depths.Sum(), Size(config, stage));
        var attention = new AttentionOptions
        {
            HiddenSize = size,
            HeadCount = config.NumHeads[stage],
            HasBias = config.QkvBias,
            Dropout = config.AttentionProbsDropoutProb,
            MapWindows = new(config.WindowSize, IsShifted: false),
        };
        var shifted = attention with { MapWindows = new(config.WindowSize, IsShifted: true) };
        return new()
        {
            BlockCount = config.Depths[stage],
            Attention = attention,
            AttentionOf = block => block % 2 == 0 ? attention : shifted,
            FeedForward = new() { HiddenSize = size, InnerSize = (int)(config.MlpRatio * size), Activation = config.HiddenAct },
            Norm = new(Epsilon: config.LayerNormEps),
            Dropout = config.HiddenDropoutProb,
            DropProbabilityOf = block => StochasticDepth.Of(config.DropPathRate, before + block, all),
        };
    }

    private static KeyRule[] BlockKeys(string ours, string theirs) =>
    [
        new(ours + "attentionNorm.*", theirs + "layernorm_before.*"),
        new(ours + "attention.query.*", theirs + "attention.self.query.*"),
        new(ours + "attention.key.*", theirs + "attention.self.key.*"),
        new(ours + "attention.value.*", theirs + "attention.self.value.*"),
        new(ours + "attention.mapBiases.table", theirs + "attention.self.relative_position_bias_table"),
        new(ours + "attention.output.*", theirs + "attention.output.dense.*"),
        new(ours + "feedForwardNorm.*", theirs + "layernorm_after.*"),
        new(ours + "feedForward.up.*", theirs + "intermediate.dense.*"),
        new(ours + "feedForward.down.*", theirs + "output.dense.*"),
    ];
}
