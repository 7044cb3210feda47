using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Llama;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Qwen;

/// <summary>The fields of a Qwen 2 config.json.</summary>
public record Qwen2Config : LlamaTypeConfig
{
    /// <summary>The published defaults.</summary>
    public Qwen2Config() => MaxPositionEmbeddings = 32768;

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "qwen2";

    /// <summary>Whether some blocks see only a window.</summary>
    public bool UseSlidingWindow { get; init; }

    /// <summary>How many positions a position of such a block sees, itself included.</summary>
    public int? SlidingWindow { get; init; } = 4096;

    /// <summary>Blocks from this number on see only a window, where <see cref="LayerTypes"/> does not say.</summary>
    public int MaxWindowLayers { get; init; } = 28;

    /// <summary><c>full_attention</c> or <c>sliding_attention</c> for each block, or null.</summary>
    public IReadOnlyList<string>? LayerTypes { get; init; }
}

/// <summary>The fields of a Qwen 3 config.json.</summary>
public sealed record Qwen3Config : Qwen2Config
{
    /// <summary>The published defaults.</summary>
    public Qwen3Config() => HeadDim = 128;

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "qwen3";

    /// <summary>Whether the attention maps add vectors.</summary>
    public bool AttentionBias { get; init; }
}

/// <summary>Decoders of Qwen's build.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class QwenTypeFamily<TConfig> : LlamaTypeFamily<TConfig> where TConfig : Qwen2Config, new()
{
    /// <inheritdoc />
    protected override void Check(TConfig config, ConfigRules rules)
    {
        base.Check(config, rules);
        LayerWindows.Check(config.LayerTypes, config.NumHiddenLayers, rules);
    }

    /// <inheritdoc />
    protected override StackOptions Stack(TConfig config)
    {
        var stack = base.Stack(config);
        var full = stack.Blocks.Attention with { HasBias = true };
        var local = full with { Window = config.SlidingWindow };
        return stack with
        {
            Blocks = stack.Blocks with
            {
                Attention = full,
                AttentionOf = !config.UseSlidingWindow ? null
                    : block => (config.LayerTypes is { } types ? types[block] == LayerWindows.Sliding : block >= config.MaxWindowLayers) ? local : full,
            },
        };
    }
}

/// <summary>Qwen 2: Llama with vectors added to queries, keys and values.</summary>
public sealed class Qwen2Family : QwenTypeFamily<Qwen2Config>
{
    /// <inheritdoc />
    public override string Paper => "Yang et al. 2024, arXiv:2407.10671";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Qwen2");
}

/// <summary>Qwen 3: without those vectors, with a norm on each head's queries and keys.</summary>
public sealed class Qwen3Family : QwenTypeFamily<Qwen3Config>
{
    /// <inheritdoc />
    public override string Paper => "Yang et al. 2025, arXiv:2505.09388";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Decoder("Qwen3");

    /// <inheritdoc />
    protected override StackOptions Stack(Qwen3Config config)
    {
        var stack = base.Stack(config);
        var norm = NormOptions.RootMeanSquare(config.RmsNormEps);
        return LayerWindows.Map(stack, attention => attention with { HasBias = config.AttentionBias, HasOutputBias = config.AttentionBias, HeadNorm = norm });
    }
}
