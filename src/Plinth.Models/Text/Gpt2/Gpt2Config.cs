using System.Text.Json.Serialization;
using Plinth.Core;

namespace Plinth.Models.Text.Gpt2;

/// <summary>The fields that configs of GPT-2's build share.</summary>
public abstract record Gpt2TypeConfig : ModelConfig
{
    /// <summary>Width of the features.</summary>
    public int NEmbd { get; init; } = 768;

    /// <summary>Blocks.</summary>
    public int NLayer { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int NHead { get; init; } = 12;

    /// <summary>Width inside the feed-forward network; null means four times the hidden width.</summary>
    public int? NInner { get; init; }

    /// <summary>Longest sequence.</summary>
    public int NPositions { get; init; } = 1024;

    /// <summary>Name of the non-linearity.</summary>
    public string ActivationFunction { get; init; } = "gelu_new";

    /// <summary>Dropout of the embeddings.</summary>
    public double EmbdPdrop { get; init; } = 0.1;

    /// <summary>Dropout of block outputs.</summary>
    public double ResidPdrop { get; init; } = 0.1;

    /// <summary>Dropout of attention weights.</summary>
    public double AttnPdrop { get; init; } = 0.1;

    /// <summary>Added to the variance.</summary>
    public double LayerNormEpsilon { get; init; } = 1e-5;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether scores are divided by √head.</summary>
    public bool ScaleAttnWeights { get; init; } = true;

    /// <summary>Whether the scores of block n, from 0, are divided by n + 1.</summary>
    public bool ScaleAttnByInverseLayerIdx { get; init; }

    /// <summary>Whether the vocabulary logits are computed with the token table; null means they are.</summary>
    public bool? TieWordEmbeddings { get; init; }
}

/// <summary>The fields of a GPT-2 config.json.</summary>
public sealed record Gpt2Config : Gpt2TypeConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "gpt2";
}
