using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Llama;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Gemma;

/// <summary>The fields of a Gemma config.json.</summary>
public record GemmaConfig : LlamaTypeConfig
{
    /// <summary>The published defaults.</summary>
    public GemmaConfig() => (HiddenSize, IntermediateSize, NumHiddenLayers, NumAttentionHeads, HeadDim, MaxPositionEmbeddings) = (3072, 24576, 28, 16, 256, 8192);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "gemma";

    /// <summary>Name of the gate's non-linearity; null means GELU by tanh, whatever <c>hidden_act</c> says.</summary>
    public string? HiddenActivation { get; init; }

    /// <summary>Whether the attention maps add vectors.</summary>
    public bool AttentionBias { get; init; }
}

/// <summary>The fields of a Gemma 2 config.json.</summary>
public record Gemma2Config : GemmaConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "gemma2";

    /// <summary>Scores are divided by the root of this.</summary>
    public double QueryPreAttnScalar { get; init; } = 256;

    /// <summary>How many positions a position of every other block sees, itself included.</summary>
    public int? SlidingWindow { get; init; } = 4096;

    /// <summary><c>full_attention</c> or <c>sliding_attention</c> for each block; null alternates.</summary>
    public IReadOnlyList<string>? LayerTypes { get; init; }

    /// <summary>Bound of scores, or null.</summary>
    public double? AttnLogitSoftcapping { get; init; } = 50;

    /// <summary>Bound of vocabulary logits, or null.</summary>
    public double? FinalLogitSoftcapping { get; init; } = 30;

    /// <summary>Only false is supported.</summary>
    public bool UseBidirectionalAttention { get; init; }
}

/// <summary>The fields of the text part of a Gemma 3 config.json.</summary>
public sealed record Gemma3Config : Gemma2Config
{
    /// <summary>The published defaults.</summary>
    public Gemma3Config() => (AttnLogitSoftcapping, FinalLogitSoftcapping, RopeTheta) = (null, null, 1e6);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "gemma3_text";

    /// <summary>Base of the rotary wavelengths within the window.</summary>
    public double RopeLocalBaseFreq { get; init; } = 10_000;

    /// <summary>Every so many blocks one sees all, where <see cref="Gemma2Config.LayerTypes"/> does not say.</summary>
    public int SlidingWindowPattern { get; init; } = 6;
}

/// <summary>Decoders of Gemma's build: Llama with norms counted from 1, scaled token vectors and GELU gates.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class GemmaTypeFamily<TConfig> : LlamaTypeFamily<TConfig> where TConfig : GemmaConfig, new()
{
    /// <inheritdoc />
    protected sealed override bool IsTiedByDefault => true;

    /// <summary>The norm of all of them.</summary>
    protected static NormOptions Norm(TConfig config) => new(NormKind.RootMeanSquareFromOne, config?.RmsNormEps ?? 0, HasBias: false);

    /// <inheritdoc />
    protected override StackOptions Stack(TConfig config)
    {
        var stack = base.Stack(config);
        return stack with
        {
            EmbeddingScale = Math.Sqrt(config.HiddenSize),
            FinalNorm = Norm(config),
            Blocks = stack.Blocks with
            {
                Norm = Norm(config),
                Attention = stack.Blocks.Attention with { HasBias = config.AttentionBias, HasOutputBias = config.AttentionBias },
                FeedForward = stack.Blocks.FeedForward with { Activation = config.HiddenActivation ?? "gelu_pytorch_tanh" },
            },
        };
    }
}

/// <summary>Gemma 2 and its kin: norms around each part, windows that alternate with full attention, bounded scores and logits.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class Gemma2TypeFamily<TConfig> : GemmaTypeFamily<TConfig> where TConfig : Gemma2Config, new()
{
    /// <inheritdoc />
    public override KeyMap Keys { get; } = Map(
    [
        .. BlockKeys.Where(rule => !rule.Ours.Contains("feedForwardNorm", StringComparison.Ordinal)),
        new("backbone.stack.blocks.layers.#.attentionOutputNorm.*", "model.layers.#.post_attention_layernorm.*"),
        new("backbone.stack.blocks.layers.#.feedForwardNorm.*", "model.layers.#.pre_feedforward_layernorm.*"),
        new("backbone.stack.blocks.layers.#.feedForwardOutputNorm.*", "model.layers.#.post_feedforward_layernorm.*"),
    ]);

    /// <summary>Whether a block sees only a window, where the config does not list it.</summary>
    protected virtual bool IsLocal(TConfig config, int block) => block % 2 == 0;

    /// <inheritdoc />
    protected override void Check(TConfig config, ConfigRules rules)
    {
        base.Check(config, rules);
        LayerWindows.Check(config.LayerTypes, config.NumHiddenLayers, rules);
        rules.Require(!config.UseBidirectionalAttention, "use_bidirectional_attention", true, "false");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(TConfig config)
    {
        var stack = base.Stack(config);
        var full = stack.Blocks.Attention with { Scale = 1 / Math.Sqrt(config.QueryPreAttnScalar), ScoreCap = config.AttnLogitSoftcapping };
        var local = full with { Window = config.SlidingWindow };
        return stack with
        {
            Blocks = stack.Blocks with
            {
                Placement = NormPlacement.Around,
                Attention = full,
                AttentionOf = block => (config.LayerTypes is { } types ? types[block] == LayerWindows.Sliding : IsLocal(config, block)) ? local : full,
            },
        };
    }

    /// <inheritdoc />
    protected sealed override VocabularyHeadOptions Vocabulary(TConfig config) => base.Vocabulary(config) with { Cap = config.FinalLogitSoftcapping };
}

/// <summary>Gemma.</summary>
public sealed class GemmaFamily : GemmaTypeFamily<GemmaConfig>
{
    /// <inheritdoc />
    public override string Paper => "Gemma Team 2024, arXiv:2403.08295";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Gemma");
}

/// <summary>Gemma 2.</summary>
public sealed class Gemma2Family : Gemma2TypeFamily<Gemma2Config>
{
    /// <inheritdoc />
    public override string Paper => "Gemma Team 2024, arXiv:2408.00118";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Gemma2");
}

/// <summary>Gemma 3, text alone: norms on each head's queries and keys, and shorter wavelengths within the window.</summary>
public sealed class Gemma3Family : Gemma2TypeFamily<Gemma3Config>
{
    /// <inheritdoc />
    public override string Paper => "Gemma Team 2025, arXiv:2503.19786";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Gemma3");

    /// <inheritdoc />
    protected override bool IsLocal(Gemma3Config config, int block) => (block + 1) % (config?.SlidingWindowPattern ?? 1) != 0;

    /// <inheritdoc />
    protected override StackOptions Stack(Gemma3Config config) => LayerWindows.Map(base.Stack(config), attention => attention with
    {
        HeadNorm = Norm(config),
        Rotary = attention.Window is null ? attention.Rotary : new() { Theta = config.RopeLocalBaseFreq },
    });
}
