using System.Text.Json.Serialization;
using Plinth.Core;

namespace Plinth.Models.Text.Bert;

/// <summary>The fields that configs of BERT's build share.</summary>
public abstract record BertTypeConfig : ModelConfig
{
    /// <summary>Width of the features.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Width of the token vectors, where it is another (ALBERT, ELECTRA).</summary>
    public int? EmbeddingSize { get; init; }

    /// <summary>Blocks.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 12;

    /// <summary>Width inside the feed-forward network.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Name of the non-linearity.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Dropout of embeddings and block outputs.</summary>
    public double HiddenDropoutProb { get; init; } = 0.1;

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionProbsDropoutProb { get; init; } = 0.1;

    /// <summary>Dropout before a classifier; null means <see cref="HiddenDropoutProb"/>.</summary>
    public double? ClassifierDropout { get; init; }

    /// <summary>Longest sequence.</summary>
    public int MaxPositionEmbeddings { get; init; } = 512;

    /// <summary>Segments.</summary>
    [MayBeAbsent]
    public int TypeVocabSize { get; init; } = 2;

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Added to the variance.</summary>
    public double LayerNormEps { get; init; } = 1e-12;

    /// <summary>Only <c>absolute</c> is supported.</summary>
    public string PositionEmbeddingType { get; init; } = "absolute";

    /// <summary>Whether the vocabulary logits are computed with the token table; only true is supported.</summary>
    public bool? TieWordEmbeddings { get; init; }
}

/// <summary>The fields of a BERT config.json.</summary>
public sealed record BertConfig : BertTypeConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "bert";
}
