using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Bloom;

/// <summary>The fields of a BLOOM config.json.</summary>
public sealed record BloomConfig : ModelConfig
{
    private readonly int width = 64;

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "bloom";

    /// <summary>Width of the features.</summary>
    public int HiddenSize { get => width; init => width = value; }

    /// <summary>Width of the features under its older name; files hold one of the two.</summary>
    [JsonPropertyName("n_embed")]
    public int? OldHiddenSize { get => null; init => width = value ?? width; }

    /// <summary>Blocks.</summary>
    public int NLayer { get; init; } = 2;

    /// <summary>Attention heads.</summary>
    public int NHead { get; init; } = 8;

    /// <summary>Sequence length of training; linear biases reach further.</summary>
    public int? SeqLength { get; init; }

    /// <summary>Only false is supported.</summary>
    public bool ApplyResidualConnectionPostLayernorm { get; init; }

    /// <summary>Dropout of block outputs.</summary>
    public double HiddenDropout { get; init; }

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Added to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;
}

/// <summary>BLOOM: a multilingual decoder with linear biases and a norm right behind the token vectors.</summary>
public sealed class BloomFamily : DecoderFamily<BloomConfig>
{
    /// <inheritdoc />
    public override string Paper => "BigScience 2022, arXiv:2211.05100";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Bloom");

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "transformer.word_embeddings.*"),
            new("backbone.stack.embeddingNorm.*", "transformer.word_embeddings_layernorm.*"),
            .. BlockNames.Megatron("transformer.h.#.", "self_attention"),
            new("backbone.stack.finalNorm.*", "transformer.ln_f.*"),
            new("head.score.*", "score.*"),
            new("head.tagger.*", "classifier.*"),
        ],
        prefix: "transformer.",
        ignored: ["lm_head.weight"]);

    /// <inheritdoc />
    protected override void Check(BloomConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(!config.ApplyResidualConnectionPostLayernorm, "apply_residual_connection_post_layernorm", true, "false");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(BloomConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.LayerNormEpsilon);
        return new()
        {
            MaximumLength = StackOptions.Unbounded,
            EmbeddingNorm = norm,
            FinalNorm = norm,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NLayer,
                Norm = norm,
                Dropout = config.HiddenDropout,
                FeedForward = new() { HiddenSize = config.HiddenSize, InnerSize = 4 * config.HiddenSize, Activation = "gelu_new" },
                Attention = new()
                {
                    HiddenSize = config.HiddenSize,
                    HeadCount = config.NHead,
                    Layout = ProjectionLayout.Grouped,
                    Pattern = AttentionPattern.Causal,
                    Positions = PositionKind.LinearBias,
                    Dropout = config.AttentionDropout,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override BloomConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NLayer = shape.LayerCount,
            NHead = shape.HeadCount,
            SeqLength = shape.MaximumLength,
        };
    }
}
