using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Gptj;

/// <summary>The fields of a GPT-J config.json.</summary>
public sealed record GptjConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "gptj";

    /// <summary>Width of the features.</summary>
    public int NEmbd { get; init; } = 4096;

    /// <summary>Blocks.</summary>
    public int NLayer { get; init; } = 28;

    /// <summary>Attention heads.</summary>
    public int NHead { get; init; } = 16;

    /// <summary>Width inside the feed-forward network; null means four times the hidden width.</summary>
    public int? NInner { get; init; }

    /// <summary>Longest sequence.</summary>
    public int NPositions { get; init; } = 2048;

    /// <summary>Components of a head that are rotated; null means all.</summary>
    public int? RotaryDim { get; init; } = 64;

    /// <summary>Name of the non-linearity.</summary>
    public string ActivationFunction { get; init; } = "gelu_new";

    /// <summary>Dropout of the embeddings.</summary>
    public double EmbdPdrop { get; init; }

    /// <summary>Dropout of block outputs.</summary>
    public double ResidPdrop { get; init; }

    /// <summary>Dropout of attention weights.</summary>
    public double AttnPdrop { get; init; }

    /// <summary>Added to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether the vocabulary logits are computed with the token table; only false is supported.</summary>
    public bool TieWordEmbeddings { get; init; }
}

/// <summary>GPT-J: attention and feed-forward side by side behind one norm, neighbours of a head's first part rotated.</summary>
public sealed class GptjFamily : DecoderFamily<GptjConfig>
{
    private const string Layer = "transformer.h.#.";

    /// <inheritdoc />
    public override string Paper => "Wang, Komatsuzaki 2021, GPT-J-6B, github.com/kingoflolz/mesh-transformer-jax";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } =
        HeadNames.Of("GPTJ", HeadKind.None, HeadKind.CausalLanguageModeling, HeadKind.SequenceClassification);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "transformer.wte.*"),
            new("backbone.stack.blocks.layers.#.attentionNorm.*", Layer + "ln_1.*"),
            new("backbone.stack.blocks.layers.#.attention.query.*", Layer + "attn.q_proj.*"),
            new("backbone.stack.blocks.layers.#.attention.key.*", Layer + "attn.k_proj.*"),
            new("backbone.stack.blocks.layers.#.attention.value.*", Layer + "attn.v_proj.*"),
            new("backbone.stack.blocks.layers.#.attention.output.*", Layer + "attn.out_proj.*"),
            new("backbone.stack.blocks.layers.#.feedForward.up.*", Layer + "mlp.fc_in.*"),
            new("backbone.stack.blocks.layers.#.feedForward.down.*", Layer + "mlp.fc_out.*"),
            new("backbone.stack.finalNorm.*", "transformer.ln_f.*"),
            new("head.output.*", "lm_head.*"),
            new("head.score.*", "score.*"),
        ],
        prefix: "transformer.",
        ignored: ["transformer.h.#.attn.bias", "transformer.h.#.attn.masked_bias", "h.#.attn.bias", "h.#.attn.masked_bias"]);

    /// <inheritdoc />
    protected override void Check(GptjConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(!config.TieWordEmbeddings, "tie_word_embeddings", true, "false");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(GptjConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.LayerNormEpsilon);
        return new()
        {
            MaximumLength = config.NPositions,
            EmbeddingDropout = config.EmbdPdrop,
            FinalNorm = norm,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NLayer,
                Norm = norm,
                Placement = NormPlacement.Parallel,
                Dropout = config.ResidPdrop,
                FeedForward = new() { HiddenSize = config.NEmbd, InnerSize = config.NInner ?? 4 * config.NEmbd, Activation = config.ActivationFunction },
                Attention = new()
                {
                    HiddenSize = config.NEmbd,
                    HeadCount = config.NHead,
                    HasBias = false,
                    HasOutputBias = false,
                    Pattern = AttentionPattern.Causal,
                    Positions = PositionKind.Rotary,
                    Rotary = new() { Size = config.RotaryDim, IsInterleaved = true },
                    Dropout = config.AttnPdrop,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override VocabularyHeadOptions Vocabulary(GptjConfig config) => base.Vocabulary(config) with { IsTied = false, HasBias = true };

    /// <inheritdoc />
    protected override GptjConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            NEmbd = shape.HiddenSize,
            NLayer = shape.LayerCount,
            NHead = shape.HeadCount,
            NPositions = shape.MaximumLength,
            RotaryDim = Math.Max(2, shape.HiddenSize / shape.HeadCount / 4 * 2),
        };
    }
}
