using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Llama;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Phi;

/// <summary>The fields of a Phi 1 to 2 config.json.</summary>
public sealed record PhiConfig : LlamaTypeConfig
{
    /// <summary>The published defaults.</summary>
    public PhiConfig() => (HiddenSize, IntermediateSize, NumHiddenLayers, HiddenAct) = (2048, 8192, 24, "gelu_new");

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "phi";

    /// <summary>Added to the variance.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Which part of a head is rotated.</summary>
    public double PartialRotaryFactor { get; init; } = 0.5;

    /// <summary>Only false is supported.</summary>
    public bool QkLayernorm { get; init; }

    /// <summary>Dropout of the embeddings.</summary>
    public double EmbdPdrop { get; init; }

    /// <summary>Dropout of block outputs.</summary>
    public double ResidPdrop { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override int RotarySize => (int)(PartialRotaryFactor * ResolvedHeadDim);
}

/// <summary>The fields of a Phi 3 config.json.</summary>
public sealed record Phi3Config : LlamaTypeConfig
{
    /// <summary>The published defaults.</summary>
    public Phi3Config() => (HiddenSize, IntermediateSize, MaxPositionEmbeddings, RmsNormEps) = (3072, 8192, 4096, 1e-5);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "phi3";

    /// <summary>Positions seen before the wavelengths were stretched.</summary>
    public int OriginalMaxPositionEmbeddings { get; init; } = 4096;

    /// <summary>Which part of a head is rotated.</summary>
    public double PartialRotaryFactor { get; init; } = 1;

    /// <summary>How many positions a position sees, itself included; null means all.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Dropout of the embeddings.</summary>
    public double EmbdPdrop { get; init; }

    /// <summary>Dropout of block outputs.</summary>
    public double ResidPdrop { get; init; }

    /// <inheritdoc />
    [JsonIgnore]
    public override int RotarySize => (int)(PartialRotaryFactor * ResolvedHeadDim);

    /// <inheritdoc />
    [JsonIgnore]
    public override int? TrainedLength => OriginalMaxPositionEmbeddings;
}

/// <summary>Phi 1 to 2: attention and feed-forward side by side behind one norm, a part of each head rotated.</summary>
public sealed class PhiFamily : LlamaTypeFamily<PhiConfig>
{
    /// <inheritdoc />
    public override string Paper => "Gunasekar et al. 2023, arXiv:2306.11644; Li et al. 2023, arXiv:2309.05463";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Phi");

    /// <inheritdoc />
    public override KeyMap Keys { get; } = Map(
        [
            new("backbone.stack.blocks.layers.#.attention.output.*", "model.layers.#.self_attn.dense.*"),
            new("backbone.stack.blocks.layers.#.feedForward.up.*", "model.layers.#.mlp.fc1.*"),
            new("backbone.stack.blocks.layers.#.feedForward.down.*", "model.layers.#.mlp.fc2.*"),
            .. BlockKeys,
        ],
        finalNorm: "model.final_layernorm.*");

    /// <inheritdoc />
    protected override void Check(PhiConfig config, ConfigRules rules)
    {
        base.Check(config, rules);
        rules.Require(!config.QkLayernorm, "qk_layernorm", true, "false");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(PhiConfig config)
    {
        var stack = base.Stack(config);
        var blocks = stack.Blocks;
        var norm = new NormOptions(Epsilon: config.LayerNormEps);
        return stack with
        {
            FinalNorm = norm,
            EmbeddingDropout = config.EmbdPdrop,
            Blocks = blocks with
            {
                Norm = norm,
                Placement = NormPlacement.Parallel,
                Dropout = config.ResidPdrop,
                FeedForward = blocks.FeedForward with { IsGated = false, HasBias = true },
                Attention = blocks.Attention with
                {
                    HasBias = true,
                    HasOutputBias = true,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override VocabularyHeadOptions Vocabulary(PhiConfig config) => base.Vocabulary(config) with { HasBias = true };
}

/// <summary>Phi 3: Llama with one matrix for queries, keys and values and one for gate and network.</summary>
public sealed class Phi3Family : LlamaTypeFamily<Phi3Config>
{
    /// <inheritdoc />
    public override string Paper => "Abdin et al. 2024, arXiv:2404.14219";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Phi3");

    /// <inheritdoc />
    public override KeyMap Keys { get; } = Map(
    [
        new("backbone.stack.blocks.layers.#.attention.fused.*", "model.layers.#.self_attn.qkv_proj.*"),
        new("backbone.stack.blocks.layers.#.feedForward.up.*", "model.layers.#.mlp.gate_up_proj.*"),
        .. BlockKeys,
    ]);

    /// <inheritdoc />
    protected override StackOptions Stack(Phi3Config config)
    {
        var stack = base.Stack(config);
        var blocks = stack.Blocks;
        return stack with
        {
            EmbeddingDropout = config.EmbdPdrop,
            Blocks = blocks with
            {
                Dropout = config.ResidPdrop,
                FeedForward = blocks.FeedForward with { IsGateFused = true },
                Attention = blocks.Attention with { Layout = ProjectionLayout.Stacked, Window = config.SlidingWindow },
            },
        };
    }
}
