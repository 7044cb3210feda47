using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.ModernBert;

/// <summary>The fields of a ModernBERT config.json.</summary>
public sealed record ModernBertConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "modernbert";

    /// <summary>Width of the features.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Blocks.</summary>
    public int NumHiddenLayers { get; init; } = 22;

    /// <summary>Attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 12;

    /// <summary>Width inside the gated feed-forward network.</summary>
    public int IntermediateSize { get; init; } = 1152;

    /// <summary>Name of the gate's non-linearity.</summary>
    public string HiddenActivation { get; init; } = "gelu";

    /// <summary>Longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 8192;

    /// <summary>Every so many blocks one sees all positions.</summary>
    public int GlobalAttnEveryNLayers { get; init; } = 3;

    /// <summary>Width of the window of the others, both sides together.</summary>
    public int LocalAttention { get; init; } = 128;

    /// <summary>Base of the rotary wavelengths where all is seen.</summary>
    public double GlobalRopeTheta { get; init; } = 160_000;

    /// <summary>Base of the rotary wavelengths within the window.</summary>
    public double? LocalRopeTheta { get; init; } = 10_000;

    /// <summary>Whether the attention maps add vectors.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the feed-forward maps add vectors.</summary>
    public bool MlpBias { get; init; }

    /// <summary>Whether norms add vectors.</summary>
    public bool NormBias { get; init; }

    /// <summary>Added to the variance.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Dropout of the embeddings.</summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>Dropout of block outputs.</summary>
    public double MlpDropout { get; init; }

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary><c>cls</c> or <c>mean</c>: what a sequence classifier reads.</summary>
    public string ClassifierPooling { get; init; } = "cls";

    /// <summary>Non-linearity of the heads.</summary>
    public string ClassifierActivation { get; init; } = "gelu";

    /// <summary>Whether the heads' dense layer adds a vector.</summary>
    public bool ClassifierBias { get; init; }

    /// <summary>Dropout before a classifier.</summary>
    public double ClassifierDropout { get; init; }

    /// <summary>Only true is supported.</summary>
    public bool DecoderBias { get; init; } = true;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;
}

/// <summary>ModernBERT: an encoder with rotary positions, gated networks and windows that alternate with full attention.</summary>
public sealed class ModernBertFamily : EncoderFamily<ModernBertConfig>
{
    /// <inheritdoc />
    public override string Paper => "Warner et al. 2024, arXiv:2412.13663";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Encoder("ModernBert", HeadKind.None);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "model.embeddings.tok_embeddings.*"),
            new("backbone.stack.embeddingNorm.*", "model.embeddings.norm.*"),
            new("backbone.stack.blocks.layers.#.attentionNorm.*", "model.layers.#.attn_norm.*"),
            new("backbone.stack.blocks.layers.#.attention.fused.*", "model.layers.#.attn.Wqkv.*"),
            new("backbone.stack.blocks.layers.#.attention.output.*", "model.layers.#.attn.Wo.*"),
            new("backbone.stack.blocks.layers.#.feedForwardNorm.*", "model.layers.#.mlp_norm.*"),
            new("backbone.stack.blocks.layers.#.feedForward.up.*", "model.layers.#.mlp.Wi.*"),
            new("backbone.stack.blocks.layers.#.feedForward.down.*", "model.layers.#.mlp.Wo.*"),
            new("backbone.stack.finalNorm.*", "model.final_norm.*"),
            new("head.transform.dense.*", "head.dense.*"),
            new("head.transform.norm.*", "head.norm.*"),
            new("head.outputBias", "decoder.bias"),
            new("head.summary.vector.dense.*", "head.dense.*"),
            new("head.summary.vector.norm.*", "head.norm.*"),
            new("head.classifier.*", "classifier.*"),
            new("head.tagger.*", "classifier.*"),
            new("head.taggerTransform.dense.*", "head.dense.*"),
            new("head.taggerTransform.norm.*", "head.norm.*"),
            new("head.span.*", "classifier.*"),
        ],
        prefix: "model.",
        ignored: ["decoder.weight"]);

    /// <inheritdoc />
    protected override void Check(ModernBertConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(config.ClassifierPooling is "cls" or "mean", "classifier_pooling", config.ClassifierPooling, "cls or mean");
        rules.Require(config.DecoderBias, "decoder_bias", false, "true");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(ModernBertConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.NormEps, HasBias: config.NormBias);
        var global = new AttentionOptions
        {
            HiddenSize = config.HiddenSize,
            HeadCount = config.NumAttentionHeads,
            HasBias = config.AttentionBias,
            HasOutputBias = config.AttentionBias,
            Layout = ProjectionLayout.Stacked,
            Positions = PositionKind.Rotary,
            Rotary = new() { Theta = config.GlobalRopeTheta },
            Dropout = config.AttentionDropout,
        };
        var local = global with { Window = config.LocalAttention / 2, Rotary = new() { Theta = config.LocalRopeTheta ?? config.GlobalRopeTheta } };
        return new()
        {
            MaximumLength = config.MaxPositionEmbeddings,
            EmbeddingNorm = norm,
            EmbeddingDropout = config.EmbeddingDropout,
            FinalNorm = norm,
            InitializerRange = config.InitializerRange,
            ScalesResidualOutputs = true,
            Blocks = new()
            {
                BlockCount = config.NumHiddenLayers,
                Norm = norm,
                SkipsFirstNorm = true,
                Dropout = config.MlpDropout,
                FeedForward = new()
                {
                    HiddenSize = config.HiddenSize,
                    InnerSize = config.IntermediateSize,
                    Activation = config.HiddenActivation,
                    IsGated = true,
                    IsGateFused = true,
                    HasBias = config.MlpBias,
                },
                Attention = global,
                AttentionOf = block => block % config.GlobalAttnEveryNLayers == 0 ? global : local,
            },
        };
    }

    /// <inheritdoc />
    protected override EncoderHeadOptions Heads(ModernBertConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.NormEps, HasBias: config.NormBias);
        return new()
        {
            HiddenSize = config.HiddenSize,
            VocabularySize = config.VocabSize,
            LabelCount = config.LabelCount,
            Norm = norm,
            Activation = config.ClassifierActivation,
            HasBias = config.ClassifierBias,
            SummaryActivation = config.ClassifierActivation,
            SummaryNorm = norm,
            SummarizesMean = config.ClassifierPooling == "mean",
            TransformsEachToken = true,
            Dropout = config.ClassifierDropout,
        };
    }

    /// <inheritdoc />
    protected override ModernBertConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NumHiddenLayers = shape.LayerCount,
            NumAttentionHeads = shape.HeadCount,
            // Three matrices then weigh as much as the usual two at four times the width.
            IntermediateSize = ((8 * shape.HiddenSize / 3) + 31) / 32 * 32,
            MaxPositionEmbeddings = shape.MaximumLength,
            ClassifierPooling = "mean",
            PadTokenId = 0,
        };
    }
}
