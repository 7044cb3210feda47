using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Norms;
using Plinth.Layers.Positions;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Llama;

/// <summary>
/// Decoders of Llama's build: rotary positions, root-mean-square norms before each part, gated feed-forward networks, grouped queries.
/// A member of the kin overrides <see cref="TextFamily{TConfig}.Stack"/> and changes what differs with <c>with</c>.
/// </summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class LlamaTypeFamily<TConfig> : DecoderFamily<TConfig> where TConfig : LlamaTypeConfig, new()
{
    /// <summary>Whether the vocabulary logits use the token table when config.json says nothing.</summary>
    protected virtual bool IsTiedByDefault => false;

    /// <inheritdoc />
    public override KeyMap Keys { get; } = Map(BlockKeys);

    /// <summary>Weight names inside the blocks.</summary>
    protected static IReadOnlyList<KeyRule> BlockKeys { get; } =
    [
        new("backbone.stack.blocks.layers.#.attentionNorm.*", "model.layers.#.input_layernorm.*"),
        new("backbone.stack.blocks.layers.#.attention.query.*", "model.layers.#.self_attn.q_proj.*"),
        new("backbone.stack.blocks.layers.#.attention.key.*", "model.layers.#.self_attn.k_proj.*"),
        new("backbone.stack.blocks.layers.#.attention.value.*", "model.layers.#.self_attn.v_proj.*"),
        new("backbone.stack.blocks.layers.#.attention.output.*", "model.layers.#.self_attn.o_proj.*"),
        new("backbone.stack.blocks.layers.#.attention.queryNorm.*", "model.layers.#.self_attn.q_norm.*"),
        new("backbone.stack.blocks.layers.#.attention.keyNorm.*", "model.layers.#.self_attn.k_norm.*"),
        new("backbone.stack.blocks.layers.#.feedForwardNorm.*", "model.layers.#.post_attention_layernorm.*"),
        new("backbone.stack.blocks.layers.#.feedForward.gate.*", "model.layers.#.mlp.gate_proj.*"),
        new("backbone.stack.blocks.layers.#.feedForward.up.*", "model.layers.#.mlp.up_proj.*"),
        new("backbone.stack.blocks.layers.#.feedForward.down.*", "model.layers.#.mlp.down_proj.*"),
    ];

    /// <inheritdoc />
    protected override StackOptions Stack(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = NormOptions.RootMeanSquare(config.RmsNormEps);
        var scaling = RotaryReader.Scaling(config.RopeScaling, config.MaxPositionEmbeddings, config.RotarySize / 2, config.TrainedLength);
        return new()
        {
            MaximumLength = scaling is DynamicScaling ? StackOptions.Unbounded : config.MaxPositionEmbeddings,
            FinalNorm = norm,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NumHiddenLayers,
                Norm = norm,
                FeedForward = new()
                {
                    HiddenSize = config.HiddenSize,
                    InnerSize = config.IntermediateSize,
                    Activation = config.HiddenAct,
                    IsGated = true,
                    HasBias = false,
                },
                Attention = new()
                {
                    HiddenSize = config.HiddenSize,
                    HeadCount = config.NumAttentionHeads,
                    KeyValueHeadCount = config.NumKeyValueHeads,
                    HeadSize = config.HeadDim,
                    HasBias = false,
                    HasOutputBias = false,
                    Pattern = AttentionPattern.Causal,
                    Positions = PositionKind.Rotary,
                    Rotary = new() { Theta = config.RopeTheta, Size = config.RotarySize, Scaling = scaling },
                    Dropout = config.AttentionDropout,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override VocabularyHeadOptions Vocabulary(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return base.Vocabulary(config) with { IsTied = config.TieWordEmbeddings ?? IsTiedByDefault };
    }

    /// <inheritdoc />
    protected override TConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NumHiddenLayers = shape.LayerCount,
            NumAttentionHeads = shape.HeadCount,
            NumKeyValueHeads = shape.HeadCount,
            HeadDim = shape.HiddenSize / shape.HeadCount,
            // Two thirds of four times the width, in multiples of 32: three matrices then weigh as much as the usual two.
            IntermediateSize = ((8 * shape.HiddenSize / 3) + 31) / 32 * 32,
            MaxPositionEmbeddings = shape.MaximumLength,
        };
    }

    /// <summary>The table around the names inside the blocks.</summary>
    /// <param name="blocks">Names inside the blocks.</param>
    /// <param name="finalNorm">The last norm.</param>
    protected static KeyMap Map(IReadOnlyList<KeyRule> blocks, string finalNorm = "model.norm.*") => new(
        [
            new("backbone.tokens.*", "model.embed_tokens.*"),
            .. blocks,
            new("backbone.stack.finalNorm.*", finalNorm),
            new("head.output.*", "lm_head.*"),
            new("head.score.*", "score.*"),
            new("head.tagger.*", "score.*"),
        ],
        prefix: "model.",
        ignored: ["model.layers.#.self_attn.rotary_emb.inv_freq", "layers.#.self_attn.rotary_emb.inv_freq", "lm_head.weight"]);
}

/// <summary>Llama: the decoder that most later ones are built like.</summary>
public sealed class LlamaFamily : LlamaTypeFamily<LlamaConfig>
{
    /// <inheritdoc />
    public override string Paper => "Touvron et al. 2023, arXiv:2302.13971";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Llama");

    /// <inheritdoc />
    protected override StackOptions Stack(LlamaConfig config)
    {
        var stack = base.Stack(config);
        var blocks = stack.Blocks;
        return stack with
        {
            Blocks = blocks with
            {
                Attention = blocks.Attention with { HasBias = config.AttentionBias, HasOutputBias = config.AttentionBias },
                FeedForward = blocks.FeedForward with { HasBias = config.MlpBias },
            },
        };
    }
}
