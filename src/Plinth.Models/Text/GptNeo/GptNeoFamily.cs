using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.GptNeo;

/// <summary>The fields of a GPT-Neo config.json.</summary>
public sealed record GptNeoConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "gpt_neo";

    /// <summary>Width of the features.</summary>
    public int HiddenSize { get; init; } = 2048;

    /// <summary>Blocks.</summary>
    public int NumLayers { get; init; } = 24;

    /// <summary>Attention heads.</summary>
    public int NumHeads { get; init; } = 16;

    /// <summary>Width inside the feed-forward network; null means four times the hidden width.</summary>
    public int? IntermediateSize { get; init; }

    /// <summary>Patterns and how often each is repeated: <c>[[["global", "local"], 12]]</c>.</summary>
    public JsonNode? AttentionTypes { get; init; }

    /// <summary>How many positions a position of a local block sees, itself included.</summary>
    public int WindowSize { get; init; } = 256;

    /// <summary>Name of the non-linearity.</summary>
    public string ActivationFunction { get; init; } = "gelu_new";

    /// <summary>Longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Dropout of the embeddings.</summary>
    public double EmbedDropout { get; init; }

    /// <summary>Dropout of block outputs.</summary>
    public double ResidDropout { get; init; }

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Added to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>For each block whether it sees only a window.</summary>
    /// <exception cref="CheckpointException">The patterns are malformed or do not fit the blocks.</exception>
    public IReadOnlyList<bool> LocalLayers() => LayerWindows.Local(AttentionTypes, NumLayers);
}

/// <summary>GPT-Neo: GPT-2 whose blocks alternate between all positions and a window, with scores that are not divided.</summary>
public sealed class GptNeoFamily : DecoderFamily<GptNeoConfig>
{
    private const string Layer = "transformer.h.#.";

    /// <inheritdoc />
    public override string Paper => "Black et al. 2021, GPT-Neo, doi:10.5281/zenodo.5297715";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("GPTNeo");

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "transformer.wte.*"),
            new("backbone.stack.positions.*", "transformer.wpe.*"),
            new("backbone.stack.blocks.layers.#.attentionNorm.*", Layer + "ln_1.*"),
            new("backbone.stack.blocks.layers.#.attention.query.*", Layer + "attn.attention.q_proj.*"),
            new("backbone.stack.blocks.layers.#.attention.key.*", Layer + "attn.attention.k_proj.*"),
            new("backbone.stack.blocks.layers.#.attention.value.*", Layer + "attn.attention.v_proj.*"),
            new("backbone.stack.blocks.layers.#.attention.output.*", Layer + "attn.attention.out_proj.*"),
            new("backbone.stack.blocks.layers.#.feedForwardNorm.*", Layer + "ln_2.*"),
            new("backbone.stack.blocks.layers.#.feedForward.up.*", Layer + "mlp.c_fc.*"),
            new("backbone.stack.blocks.layers.#.feedForward.down.*", Layer + "mlp.c_proj.*"),
            new("backbone.stack.finalNorm.*", "transformer.ln_f.*"),
            new("head.score.*", "score.*"),
            new("head.tagger.*", "classifier.*"),
        ],
        prefix: "transformer.",
        ignored: ["transformer.h.#.attn.attention.*", "h.#.attn.attention.*", "lm_head.weight"]);

    /// <inheritdoc />
    protected override StackOptions Stack(GptNeoConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.LayerNormEpsilon);
        var global = new AttentionOptions
        {
            HiddenSize = config.HiddenSize,
            HeadCount = config.NumHeads,
            HasBias = false,
            Pattern = AttentionPattern.Causal,
            Scale = 1,
            Dropout = config.AttentionDropout,
        };
        var local = config.LocalLayers();
        return new()
        {
            MaximumLength = config.MaxPositionEmbeddings,
            PositionRows = config.MaxPositionEmbeddings,
            EmbeddingDropout = config.EmbedDropout,
            FinalNorm = norm,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NumLayers,
                Norm = norm,
                Dropout = config.ResidDropout,
                FeedForward = new() { HiddenSize = config.HiddenSize, InnerSize = config.IntermediateSize ?? 4 * config.HiddenSize, Activation = config.ActivationFunction },
                Attention = global,
                AttentionOf = block => local[block] ? global with { Window = config.WindowSize } : global,
            },
        };
    }

    /// <inheritdoc />
    protected override GptNeoConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NumLayers = shape.LayerCount,
            NumHeads = shape.HeadCount,
            MaxPositionEmbeddings = shape.MaximumLength,
        };
    }
}
