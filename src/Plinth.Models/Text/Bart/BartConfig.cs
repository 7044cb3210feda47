using System.Text.Json.Serialization;
using Plinth.Core;

namespace Plinth.Models.Text.Bart;

/// <summary>The fields that BART and the architectures of its form share.</summary>
public abstract record BartTypeConfig : ModelConfig
{
    /// <summary>Width of the features.</summary>
    public int DModel { get; init; } = 1024;

    /// <summary>Blocks that read.</summary>
    public int EncoderLayers { get; init; } = 12;

    /// <summary>Attention heads of a block that reads.</summary>
    public int EncoderAttentionHeads { get; init; } = 16;

    /// <summary>Width inside the feed-forward network of a block that reads.</summary>
    public int EncoderFfnDim { get; init; } = 4096;

    /// <summary>Blocks that write.</summary>
    public int DecoderLayers { get; init; } = 12;

    /// <summary>Attention heads of a block that writes.</summary>
    public int DecoderAttentionHeads { get; init; } = 16;

    /// <summary>Width inside the feed-forward network of a block that writes.</summary>
    public int DecoderFfnDim { get; init; } = 4096;

    /// <summary>Name of the non-linearity.</summary>
    public string ActivationFunction { get; init; } = "gelu";

    /// <summary>Longest sequence, on either side.</summary>
    public int MaxPositionEmbeddings { get; init; } = 1024;

    /// <summary>Whether token vectors are multiplied by √width.</summary>
    public bool ScaleEmbedding { get; init; }

    /// <summary>Dropout of block outputs and of the embedding.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitStd { get; init; } = 0.02;

    /// <summary>Only true is supported.</summary>
    public bool? TieWordEmbeddings { get; init; }

    /// <summary>Only one table is supported.</summary>
    public bool? ShareEncoderDecoderEmbeddings { get; init; }

    /// <summary>Must be the vocabulary's size.</summary>
    public int? DecoderVocabSize { get; init; }
}

/// <summary>The fields of a BART config.json.</summary>
public sealed record BartConfig : BartTypeConfig
{
    /// <summary>The published defaults.</summary>
    public BartConfig() => (PadTokenId, BosTokenId, EosTokenId, DecoderStartTokenId) = (1, 0, 2, 2);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "bart";
}
