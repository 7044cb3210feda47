using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plinth.Core;

namespace Plinth.Models.Text.Llama;

/// <summary>The fields that configs of Llama's build share.</summary>
public abstract record LlamaTypeConfig : ModelConfig
{
    /// <summary>Width of the features.</summary>
    public int HiddenSize { get; init; } = 4096;

    /// <summary>Blocks.</summary>
    public int NumHiddenLayers { get; init; } = 32;

    /// <summary>Query heads.</summary>
    public int NumAttentionHeads { get; init; } = 32;

    /// <summary>Key and value heads; null means as many as query heads.</summary>
    public int? NumKeyValueHeads { get; init; }

    /// <summary>Width of a head; null divides the hidden width by the heads.</summary>
    public int? HeadDim { get; init; }

    /// <summary>Width inside the feed-forward network.</summary>
    public int IntermediateSize { get; init; } = 11008;

    /// <summary>Name of the non-linearity.</summary>
    public string HiddenAct { get; init; } = "silu";

    /// <summary>Longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 2048;

    /// <summary>Base of the rotary wavelengths.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>How the wavelengths are stretched, or null.</summary>
    public JsonNode? RopeScaling { get; init; }

    /// <summary>Added to the mean square.</summary>
    public double RmsNormEps { get; init; } = 1e-6;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Whether the vocabulary logits are computed with the token table.</summary>
    public bool? TieWordEmbeddings { get; init; }

    /// <summary>Width of a head.</summary>
    [JsonIgnore]
    public int ResolvedHeadDim => HeadDim ?? HiddenSize / NumAttentionHeads;

    /// <summary>Components of a head that are rotated.</summary>
    [JsonIgnore]
    public virtual int RotarySize => ResolvedHeadDim;

    /// <summary>Positions seen before the wavelengths were stretched, where the config says so outside <see cref="RopeScaling"/>; or null.</summary>
    [JsonIgnore]
    public virtual int? TrainedLength => null;
}

/// <summary>The fields of a Llama config.json.</summary>
public sealed record LlamaConfig : LlamaTypeConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "llama";

    /// <summary>Whether the attention maps add vectors.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the feed-forward maps add vectors.</summary>
    public bool MlpBias { get; init; }
}
