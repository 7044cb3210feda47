using System.Text.Json.Serialization;
using Plinth.Core;

namespace Plinth.Models.Text.T5;

/// <summary>The fields of a T5 config.json.</summary>
public sealed record T5Config : ModelConfig
{
    /// <summary>The published defaults.</summary>
    public T5Config() => (PadTokenId, EosTokenId) = (0, 1);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "t5";

    /// <summary>Width of the features.</summary>
    public int DModel { get; init; } = 512;

    /// <summary>Width of a head; the heads together need not be as wide as the features.</summary>
    public int DKv { get; init; } = 64;

    /// <summary>Width inside the feed-forward network.</summary>
    public int DFf { get; init; } = 2048;

    /// <summary>Blocks that read.</summary>
    public int NumLayers { get; init; } = 6;

    /// <summary>Blocks that write; null means as many as read.</summary>
    public int? NumDecoderLayers { get; init; }

    /// <summary>Attention heads.</summary>
    public int NumHeads { get; init; } = 8;

    /// <summary>Buckets of distances.</summary>
    public int RelativeAttentionNumBuckets { get; init; } = 32;

    /// <summary>Distances from here on share a bucket.</summary>
    public int RelativeAttentionMaxDistance { get; init; } = 128;

    /// <summary>Dropout everywhere.</summary>
    public double DropoutRate { get; init; } = 0.1;

    /// <summary>Added to the mean of squares.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-6;

    /// <summary>Factor on the deviations of fresh matrices.</summary>
    public double InitializerFactor { get; init; } = 1;

    /// <summary>Name of the non-linearity, with <c>gated-</c> before it for a gated network.</summary>
    public string FeedForwardProj { get; init; } = "relu";

    /// <summary>Whether the token table gives the logits; version 1.1 has a map of its own.</summary>
    public bool? TieWordEmbeddings { get; init; }

    /// <summary>Whether a second map multiplies the first.</summary>
    [JsonIgnore]
    public bool IsGated => FeedForwardProj.StartsWith("gated-", StringComparison.Ordinal);

    /// <summary>Name of the non-linearity alone. The gated GELU of the published models is the approximated one.</summary>
    [JsonIgnore]
    public string Activation => FeedForwardProj == "gated-gelu" ? "gelu_new" : IsGated ? FeedForwardProj["gated-".Length..] : FeedForwardProj;
}
