using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Mpt;

/// <summary>The fields of an MPT config.json.</summary>
public sealed record MptConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "mpt";

    /// <summary>Width of the features.</summary>
    public int DModel { get; init; } = 2048;

    /// <summary>Blocks.</summary>
    public int NLayers { get; init; } = 24;

    /// <summary>Attention heads.</summary>
    public int NHeads { get; init; } = 16;

    /// <summary>How many times wider than the features the feed-forward network is; the reference's implementation always takes 4.</summary>
    public int ExpansionRatio { get; init; } = 4;

    /// <summary>Sequence length of training; linear biases reach further.</summary>
    public int MaxSeqLen { get; init; } = 2048;

    /// <summary>Form of attention.</summary>
    public JsonNode? AttnConfig { get; init; }

    /// <summary>Only true is supported.</summary>
    public bool NoBias { get; init; } = true;

    /// <summary>Only null is supported.</summary>
    public JsonNode? LogitScale { get; init; }

    /// <summary>Dropout of the embeddings.</summary>
    public double EmbPdrop { get; init; }

    /// <summary>Dropout of block outputs.</summary>
    public double ResidPdrop { get; init; }

    /// <summary>Added to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;
}

/// <summary>MPT: a decoder with linear biases and no added vectors at all.</summary>
public sealed class MptFamily : DecoderFamily<MptConfig>
{
    private const string Layer = "transformer.blocks.#.";

    /// <inheritdoc />
    public override string Paper => "MosaicML NLP Team 2023, Introducing MPT-7B";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Mpt");

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "transformer.wte.*"),
            new("backbone.stack.blocks.layers.#.attentionNorm.*", Layer + "norm_1.*"),
            new("backbone.stack.blocks.layers.#.attention.fused.*", Layer + "attn.Wqkv.*"),
            new("backbone.stack.blocks.layers.#.attention.output.*", Layer + "attn.out_proj.*"),
            new("backbone.stack.blocks.layers.#.feedForwardNorm.*", Layer + "norm_2.*"),
            new("backbone.stack.blocks.layers.#.feedForward.up.*", Layer + "ffn.up_proj.*"),
            new("backbone.stack.blocks.layers.#.feedForward.down.*", Layer + "ffn.down_proj.*"),
            new("backbone.stack.finalNorm.*", "transformer.norm_f.*"),
            new("head.score.*", "score.*"),
            new("head.tagger.*", "classifier.*"),
        ],
        prefix: "transformer.",
        ignored: ["lm_head.weight"]);

    /// <inheritdoc />
    protected override void Check(MptConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(config.NoBias, "no_bias", false, "true");
        rules.Require(config.LogitScale is null, "logit_scale", config.LogitScale, "null");
        if (config.AttnConfig is not JsonObject attention)
        {
            rules.Require(config.AttnConfig is null, "attn_config", config.AttnConfig, "an object");
            return;
        }

        bool Is(string name, params string[] accepted) =>
            attention[name] is not { } node || accepted.Contains(node.GetValueKind() == JsonValueKind.String ? (string)node! : node.ToJsonString(), StringComparer.Ordinal);
        void Need(string name, params string[] accepted) => rules.Require(Is(name, accepted), "attn_config." + name, attention[name], string.Join(" or ", accepted));
        Need("alibi", "true");
        Need("alibi_bias_max", "8", "8.0");
        Need("attn_type", "multihead_attention");
        Need("prefix_lm", "false");
        Need("qk_ln", "false");
        Need("attn_uses_sequence_id", "false");
        rules.Require(attention["clip_qkv"] is null, "attn_config.clip_qkv", attention["clip_qkv"], "null");
        rules.Require(attention["softmax_scale"] is null, "attn_config.softmax_scale", attention["softmax_scale"], "null");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(MptConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.LayerNormEpsilon, HasBias: false);
        return new()
        {
            MaximumLength = StackOptions.Unbounded,
            EmbeddingDropout = config.EmbPdrop,
            FinalNorm = norm,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NLayers,
                Norm = norm,
                Dropout = config.ResidPdrop,
                FeedForward = new() { HiddenSize = config.DModel, InnerSize = 4 * config.DModel, HasBias = false },
                Attention = new()
                {
                    HiddenSize = config.DModel,
                    HeadCount = config.NHeads,
                    HasBias = false,
                    HasOutputBias = false,
                    Layout = ProjectionLayout.Stacked,
                    Pattern = AttentionPattern.Causal,
                    Positions = PositionKind.LinearBias,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override MptConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            DModel = shape.HiddenSize,
            NLayers = shape.LayerCount,
            NHeads = shape.HeadCount,
            MaxSeqLen = shape.MaximumLength,
        };
    }
}
