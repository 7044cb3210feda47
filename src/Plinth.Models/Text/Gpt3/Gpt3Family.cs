using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Layers.Attention;
using Plinth.Models.Text.Gpt2;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Gpt3;

/// <summary>
/// The fields of a GPT-3 config.json: GPT-2's, and which blocks see a window. No other program knows the model type <c>gpt3</c>, and
/// that is on purpose: one that took such a file for GPT-2 would compute other numbers without a word.
/// </summary>
public sealed record Gpt3Config : Gpt2TypeConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "gpt3";

    /// <summary>Width of a head; null divides the hidden width by the heads.</summary>
    public int? HeadDim { get; init; }

    /// <summary>Patterns and how often each is repeated, as GPT-Neo writes them: <c>[[["global", "local"], 12]]</c>. Null alternates, beginning with global.</summary>
    public JsonNode? AttentionTypes { get; init; }

    /// <summary>How many positions a position of a local block sees, itself included.</summary>
    public int WindowSize { get; init; } = 256;

    /// <summary>For each block whether it sees only a window.</summary>
    /// <exception cref="CheckpointException">The patterns are malformed or do not fit the blocks.</exception>
    public IReadOnlyList<bool> LocalLayers() => LayerWindows.Local(AttentionTypes, NLayer);
}

/// <summary>GPT-3: GPT-2 whose blocks alternate between all positions and a band of near ones (Child et al. 2019, arXiv:1904.10509).</summary>
public sealed class Gpt3Family : Gpt2TypeFamily<Gpt3Config>
{
    /// <inheritdoc />
    public override string Paper => "Brown et al. 2020, arXiv:2005.14165";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("GPT3", causal: "GPT3LMHeadModel");

    /// <inheritdoc />
    protected override StackOptions Stack(Gpt3Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var stack = base.Stack(config);
        var global = stack.Blocks.Attention with { HeadSize = config.HeadDim };
        AttentionOptions banded = global with { Window = config.WindowSize };
        var local = config.LocalLayers();
        return stack with { Blocks = stack.Blocks with { Attention = global, AttentionOf = block => local[block] ? banded : global } };
    }
}
