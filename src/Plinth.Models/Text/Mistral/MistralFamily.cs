using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Text.Llama;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Mistral;

/// <summary>The fields of a Mistral config.json.</summary>
public record MistralConfig : LlamaTypeConfig
{
    /// <summary>The published defaults.</summary>
    public MistralConfig() => (IntermediateSize, NumKeyValueHeads) = (14336, 8);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "mistral";

    /// <summary>How many positions a position sees, itself included; null means all.</summary>
    public int? SlidingWindow { get; init; } = 4096;
}

/// <summary>The fields of a Mixtral config.json.</summary>
public sealed record MixtralConfig : MistralConfig
{
    /// <summary>The published defaults.</summary>
    public MixtralConfig() => (SlidingWindow, RmsNormEps, RopeTheta) = (null, 1e-5, 1e6);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "mixtral";

    /// <summary>Experts per block.</summary>
    public int NumLocalExperts { get; init; } = 8;

    /// <summary>Experts that a token uses.</summary>
    public int NumExpertsPerTok { get; init; } = 2;
}

/// <summary>Mistral: Llama within a sliding window.</summary>
public sealed class MistralFamily : LlamaTypeFamily<MistralConfig>
{
    /// <inheritdoc />
    public override string Paper => "Jiang et al. 2023, arXiv:2310.06825";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Mistral");

    /// <inheritdoc />
    protected override StackOptions Stack(MistralConfig config)
    {
        var stack = base.Stack(config);
        return stack with { Blocks = stack.Blocks with { Attention = stack.Blocks.Attention with { Window = config.SlidingWindow } } };
    }
}

/// <summary>Mixtral: Mistral with a mixture of feed-forward networks.</summary>
public sealed class MixtralFamily : LlamaTypeFamily<MixtralConfig>
{
    private const string Layer = "model.layers.#.block_sparse_moe.";

    /// <inheritdoc />
    public override string Paper => "Jiang et al. 2024, arXiv:2401.04088";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Mixtral");

    /// <inheritdoc />
    public override KeyMap Keys { get; } = Map(
    [
        .. BlockKeys,
        new("backbone.stack.blocks.layers.#.experts.router.*", Layer + "gate.*"),
        new("backbone.stack.blocks.layers.#.experts.experts.#.gate.*", Layer + "experts.#.w1.*"),
        new("backbone.stack.blocks.layers.#.experts.experts.#.up.*", Layer + "experts.#.w3.*"),
        new("backbone.stack.blocks.layers.#.experts.experts.#.down.*", Layer + "experts.#.w2.*"),
    ]);

    /// <inheritdoc />
    protected override void Check(MixtralConfig config, ConfigRules rules)
    {
        base.Check(config, rules);
        rules.Require(config.NumExpertsPerTok <= config.NumLocalExperts, "num_experts_per_tok", config.NumExpertsPerTok, "at most num_local_experts");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(MixtralConfig config)
    {
        var stack = base.Stack(config);
        return stack with
        {
            Blocks = stack.Blocks with
            {
                Attention = stack.Blocks.Attention with { Window = config.SlidingWindow },
                FeedForward = stack.Blocks.FeedForward with { ExpertCount = config.NumLocalExperts, ExpertsPerToken = config.NumExpertsPerTok },
            },
        };
    }
}
