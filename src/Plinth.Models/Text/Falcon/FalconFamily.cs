using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Falcon;

/// <summary>The fields of a Falcon config.json.</summary>
public sealed record FalconConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "falcon";

    /// <summary>Width of the features.</summary>
    public int HiddenSize { get; init; } = 4544;

    /// <summary>Blocks.</summary>
    public int NumHiddenLayers { get; init; } = 32;

    /// <summary>Attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 71;

    /// <summary>Key and value heads of the newer build; null means as many as heads.</summary>
    public int? NumKvHeads { get; init; }

    /// <summary>Whether the older build has one key head.</summary>
    public bool MultiQuery { get; init; } = true;

    /// <summary>The build of 40B and later.</summary>
    public bool NewDecoderArchitecture { get; init; }

    /// <summary>Norms of the newer build: 2, or 1 (Falcon 2); null means 2.</summary>
    public int? NumLnInParallelAttn { get; init; }

    /// <summary>Whether attention and feed-forward stand side by side.</summary>
    public bool ParallelAttn { get; init; } = true;

    /// <summary>Linear biases instead of rotary positions.</summary>
    public bool Alibi { get; init; }

    /// <summary>Whether maps add vectors.</summary>
    public bool Bias { get; init; }

    /// <summary>Width inside the feed-forward network; null means four times the hidden width.</summary>
    public int? FfnHiddenSize { get; init; }

    /// <summary>Name of the non-linearity.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>Base of the rotary wavelengths.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>How the wavelengths are stretched, or null.</summary>
    public JsonNode? RopeScaling { get; init; }

    /// <summary>Longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Dropout of block outputs.</summary>
    public double HiddenDropout { get; init; }

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Added to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether the vocabulary logits are computed with the token table.</summary>
    public bool? TieWordEmbeddings { get; init; }
}

/// <summary>Falcon: few key heads, attention and feed-forward side by side, in two builds.</summary>
public sealed class FalconFamily : DecoderFamily<FalconConfig>
{
    /// <inheritdoc />
    public override string Paper => "Almazrouei et al. 2023, arXiv:2311.16867";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Falcon");

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "transformer.word_embeddings.*"),
            .. BlockNames.Megatron("transformer.h.#.", "self_attention"),
            new("backbone.stack.finalNorm.*", "transformer.ln_f.*"),
            new("head.output.*", "lm_head.*"),
            new("head.score.*", "score.*"),
            new("head.tagger.*", "classifier.*"),
        ],
        prefix: "transformer.",
        ignored: ["lm_head.weight", "transformer.h.#.self_attention.rotary_emb.inv_freq", "h.#.self_attention.rotary_emb.inv_freq"]);

    /// <inheritdoc />
    protected override void Check(FalconConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        // Its two norms are stored as ln_attn and ln_mlp; no published file was at hand to check them against.
        rules.Require(!config.NewDecoderArchitecture || config.NumLnInParallelAttn is not (null or 2), "new_decoder_architecture", true, "false, or true with num_ln_in_parallel_attn = 1");
        rules.Require(!config.Alibi, "alibi", true, "false");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(FalconConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.LayerNormEpsilon);
        var isOneKey = !config.NewDecoderArchitecture && config.MultiQuery;
        var headSize = config.HiddenSize / config.NumAttentionHeads;
        return new()
        {
            MaximumLength = config.MaxPositionEmbeddings,
            FinalNorm = norm,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NumHiddenLayers,
                Norm = norm,
                Placement = config.ParallelAttn || config.NewDecoderArchitecture ? NormPlacement.Parallel : NormPlacement.Before,
                Dropout = config.HiddenDropout,
                FeedForward = new()
                {
                    HiddenSize = config.HiddenSize,
                    InnerSize = config.FfnHiddenSize ?? 4 * config.HiddenSize,
                    Activation = config.Activation,
                    HasBias = config.Bias,
                },
                Attention = new()
                {
                    HiddenSize = config.HiddenSize,
                    HeadCount = config.NumAttentionHeads,
                    KeyValueHeadCount = isOneKey ? 1 : config.NewDecoderArchitecture ? config.NumKvHeads : null,
                    HasBias = config.Bias,
                    HasOutputBias = config.Bias,
                    Layout = isOneKey ? ProjectionLayout.Stacked : ProjectionLayout.Grouped,
                    Pattern = AttentionPattern.Causal,
                    Positions = PositionKind.Rotary,
                    Rotary = new() { Theta = config.RopeTheta, Scaling = RotaryReader.Scaling(config.RopeScaling, config.MaxPositionEmbeddings, headSize / 2) },
                    Dropout = config.AttentionDropout,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override VocabularyHeadOptions Vocabulary(FalconConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return base.Vocabulary(config) with { IsTied = config.TieWordEmbeddings ?? true };
    }

    /// <inheritdoc />
    protected override FalconConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NumHiddenLayers = shape.LayerCount,
            NumAttentionHeads = shape.HeadCount,
            MaxPositionEmbeddings = shape.MaximumLength,
        };
    }
}
