using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Opt;

/// <summary>The fields of an OPT config.json.</summary>
public sealed record OptConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "opt";

    /// <summary>Width of the features.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Width of the token vectors; null means the hidden width.</summary>
    public int? WordEmbedProjDim { get; init; }

    /// <summary>Blocks.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 12;

    /// <summary>Width inside the feed-forward network.</summary>
    public int FfnDim { get; init; } = 3072;

    /// <summary>Name of the non-linearity.</summary>
    public string ActivationFunction { get; init; } = "relu";

    /// <summary>Norms before each part; false puts them after each sum (350M).</summary>
    public bool DoLayerNormBefore { get; init; } = true;

    /// <summary>Leaves the last norm out (very old files).</summary>
    [JsonPropertyName("_remove_final_layer_norm")]
    public bool RemoveFinalLayerNorm { get; init; }

    /// <summary>Whether maps add vectors.</summary>
    public bool EnableBias { get; init; } = true;

    /// <summary>Only true is supported.</summary>
    public bool LayerNormElementwiseAffine { get; init; } = true;

    /// <summary>Longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Dropout of block outputs.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitStd { get; init; } = 0.02;
}

/// <summary>OPT: an open replica of GPT-3's sizes.</summary>
public sealed class OptFamily : DecoderFamily<OptConfig>
{
    // The reference keeps two rows before the first position.
    private const int Offset = 2;

    /// <inheritdoc />
    public override string Paper => "Zhang et al. 2022, arXiv:2205.01068";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } =
        HeadNames.Of("OPT", HeadKind.None, HeadKind.CausalLanguageModeling, HeadKind.SequenceClassification);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "model.decoder.embed_tokens.*"),
            new("backbone.stack.embeddingProjection.*", "model.decoder.project_in.*"),
            new("backbone.stack.outputProjection.*", "model.decoder.project_out.*"),
            .. BlockNames.Fairseq("backbone.stack.", "model.decoder."),
            new("backbone.stack.finalNorm.*", "model.decoder.final_layer_norm.*"),
            new("head.score.*", "score.*"),
        ],
        prefix: "model.",
        ignored: ["lm_head.weight"]);

    /// <inheritdoc />
    protected override void Check(OptConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(config.LayerNormElementwiseAffine, "layer_norm_elementwise_affine", false, "true");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(OptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions();
        var isNarrow = config.WordEmbedProjDim is { } width && width != config.HiddenSize;
        return new()
        {
            MaximumLength = config.MaxPositionEmbeddings,
            EmbeddingSize = isNarrow ? config.WordEmbedProjDim : null,
            HasEmbeddingBias = false,
            ReturnsToEmbeddingSize = isNarrow,
            PositionRows = config.MaxPositionEmbeddings + Offset,
            PositionOffset = Offset,
            PositionCount = PositionCount.MaskedIn,
            FinalNorm = config.DoLayerNormBefore && !config.RemoveFinalLayerNorm ? norm : null,
            InitializerRange = config.InitStd,
            Blocks = new()
            {
                BlockCount = config.NumHiddenLayers,
                Norm = norm,
                Placement = config.DoLayerNormBefore ? NormPlacement.Before : NormPlacement.After,
                Dropout = config.Dropout,
                FeedForward = new() { HiddenSize = config.HiddenSize, InnerSize = config.FfnDim, Activation = config.ActivationFunction, HasBias = config.EnableBias },
                Attention = new()
                {
                    HiddenSize = config.HiddenSize,
                    HeadCount = config.NumAttentionHeads,
                    HasBias = config.EnableBias,
                    HasOutputBias = config.EnableBias,
                    Pattern = AttentionPattern.Causal,
                    Dropout = config.AttentionDropout,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override OptConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NumHiddenLayers = shape.LayerCount,
            NumAttentionHeads = shape.HeadCount,
            FfnDim = 4 * shape.HiddenSize,
            MaxPositionEmbeddings = shape.MaximumLength,
            Dropout = 0,
        };
    }
}
