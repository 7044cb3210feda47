using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.GptNeox;

/// <summary>The fields of a GPT-NeoX config.json (Pythia too).</summary>
public sealed record GptNeoxConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "gpt_neox";

    /// <summary>Width of the features.</summary>
    public int HiddenSize { get; init; } = 6144;

    /// <summary>Blocks.</summary>
    public int NumHiddenLayers { get; init; } = 44;

    /// <summary>Attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 64;

    /// <summary>Width inside the feed-forward network.</summary>
    public int IntermediateSize { get; init; } = 24576;

    /// <summary>Name of the non-linearity.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Which part of a head is rotated.</summary>
    public double RotaryPct { get; init; } = 0.25;

    /// <summary>The same under its newer name; it counts where both are given.</summary>
    public double? PartialRotaryFactor { get; init; }

    /// <summary>Base of the rotary wavelengths.</summary>
    public double RotaryEmbBase { get; init; } = 10_000;

    /// <summary>The same under its newer name; it counts where both are given.</summary>
    public double? RopeTheta { get; init; }

    /// <summary>How the wavelengths are stretched, or null.</summary>
    public JsonNode? RopeScaling { get; init; }

    /// <summary>Whether attention and feed-forward stand side by side.</summary>
    public bool UseParallelResidual { get; init; } = true;

    /// <summary>Whether the attention maps add vectors.</summary>
    public bool AttentionBias { get; init; } = true;

    /// <summary>Longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Dropout of embeddings and block outputs.</summary>
    public double HiddenDropout { get; init; }

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Added to the variance.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether the vocabulary logits are computed with the token table.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Components of a head that are rotated.</summary>
    [JsonIgnore]
    public int RotarySize => (int)((PartialRotaryFactor ?? RotaryPct) * (HiddenSize / NumAttentionHeads));
}

/// <summary>GPT-NeoX: attention and feed-forward side by side behind a norm each, a part of each head rotated.</summary>
public sealed class GptNeoxFamily : DecoderFamily<GptNeoxConfig>
{
    /// <inheritdoc />
    public override string Paper => "Black et al. 2022, arXiv:2204.06745";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("GPTNeoX");

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "gpt_neox.embed_in.*"),
            .. BlockNames.Megatron("gpt_neox.layers.#.", "attention"),
            new("backbone.stack.finalNorm.*", "gpt_neox.final_layer_norm.*"),
            new("head.output.*", "embed_out.*"),
            new("head.score.*", "score.*"),
            new("head.tagger.*", "classifier.*"),
        ],
        prefix: "gpt_neox.",
        ignored:
        [
            "gpt_neox.layers.#.attention.bias", "gpt_neox.layers.#.attention.masked_bias", "gpt_neox.layers.#.attention.rotary_emb.inv_freq",
            "layers.#.attention.bias", "layers.#.attention.masked_bias", "layers.#.attention.rotary_emb.inv_freq", "embed_out.weight",
        ]);

    /// <inheritdoc />
    protected override StackOptions Stack(GptNeoxConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.LayerNormEps);
        return new()
        {
            MaximumLength = config.MaxPositionEmbeddings,
            EmbeddingDropout = config.HiddenDropout,
            FinalNorm = norm,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NumHiddenLayers,
                Norm = norm,
                Placement = config.UseParallelResidual ? NormPlacement.Parallel : NormPlacement.Before,
                HasOwnFeedForwardNorm = true,
                Dropout = config.HiddenDropout,
                FeedForward = new() { HiddenSize = config.HiddenSize, InnerSize = config.IntermediateSize, Activation = config.HiddenAct },
                Attention = new()
                {
                    HiddenSize = config.HiddenSize,
                    HeadCount = config.NumAttentionHeads,
                    HasBias = config.AttentionBias,
                    HasOutputBias = config.AttentionBias,
                    Layout = ProjectionLayout.Grouped,
                    Pattern = AttentionPattern.Causal,
                    Positions = PositionKind.Rotary,
                    Rotary = new()
                    {
                        Theta = config.RopeTheta ?? config.RotaryEmbBase,
                        Size = config.RotarySize,
                        Scaling = RotaryReader.Scaling(config.RopeScaling, config.MaxPositionEmbeddings, config.RotarySize / 2),
                    },
                    Dropout = config.AttentionDropout,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override VocabularyHeadOptions Vocabulary(GptNeoxConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return base.Vocabulary(config) with { IsTied = config.TieWordEmbeddings };
    }

    /// <inheritdoc />
    protected override GptNeoxConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NumHiddenLayers = shape.LayerCount,
            NumAttentionHeads = shape.HeadCount,
            IntermediateSize = 4 * shape.HiddenSize,
            MaxPositionEmbeddings = shape.MaximumLength,
        };
    }
}
