using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Llama;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Starcoder2;

/// <summary>The fields of a StarCoder 2 config.json.</summary>
public sealed record Starcoder2Config : LlamaTypeConfig
{
    /// <summary>The published defaults.</summary>
    public Starcoder2Config() =>
        (HiddenSize, IntermediateSize, NumHiddenLayers, NumAttentionHeads, NumKeyValueHeads, HiddenAct, MaxPositionEmbeddings) = (3072, 12288, 30, 24, 2, "gelu_pytorch_tanh", 4096);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "starcoder2";

    /// <summary>Added to the variance.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether all maps add vectors.</summary>
    public bool UseBias { get; init; } = true;

    /// <summary>How many positions a position sees, itself included; null means all.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Dropout of the embeddings.</summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>Dropout of block outputs.</summary>
    public double ResidualDropout { get; init; }
}

/// <summary>StarCoder 2: rotary positions and grouped queries with plain norms and networks.</summary>
public sealed class Starcoder2Family : LlamaTypeFamily<Starcoder2Config>
{
    /// <inheritdoc />
    public override string Paper => "Lozhkov et al. 2024, arXiv:2402.19173";

    /// <inheritdoc />
    protected override bool IsTiedByDefault => true;

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Starcoder2");

    /// <inheritdoc />
    public override KeyMap Keys { get; } = Map(
    [
        new("backbone.stack.blocks.layers.#.feedForward.up.*", "model.layers.#.mlp.c_fc.*"),
        new("backbone.stack.blocks.layers.#.feedForward.down.*", "model.layers.#.mlp.c_proj.*"),
        .. BlockKeys,
    ]);

    /// <inheritdoc />
    protected override StackOptions Stack(Starcoder2Config config)
    {
        var stack = base.Stack(config);
        var norm = new NormOptions(Epsilon: config.NormEpsilon);
        return stack with
        {
            FinalNorm = norm,
            EmbeddingDropout = config.EmbeddingDropout,
            Blocks = stack.Blocks with
            {
                Norm = norm,
                Dropout = config.ResidualDropout,
                FeedForward = stack.Blocks.FeedForward with { IsGated = false, HasBias = config.UseBias },
                Attention = stack.Blocks.Attention with { HasBias = config.UseBias, HasOutputBias = config.UseBias, Window = config.SlidingWindow },
            },
        };
    }
}
