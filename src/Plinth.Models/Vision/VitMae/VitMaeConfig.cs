using System.Text.Json.Serialization;
using Plinth.Models.Vision.Vit;

namespace Plinth.Models.Vision.VitMae;

/// <summary>The fields of config.json of ViT's masked autoencoder.</summary>
public sealed record VitMaeConfig : VitTypeConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "vit_mae";

    /// <summary>Width inside the feed-forward networks.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Width of the decoder.</summary>
    public int DecoderHiddenSize { get; init; } = 512;

    /// <summary>Blocks of the decoder.</summary>
    public int DecoderNumHiddenLayers { get; init; } = 8;

    /// <summary>Attention heads of the decoder.</summary>
    public int DecoderNumAttentionHeads { get; init; } = 16;

    /// <summary>Width inside the decoder's feed-forward networks.</summary>
    public int DecoderIntermediateSize { get; init; } = 2048;

    /// <summary>Share of the patches that are hidden, 0 to 1.</summary>
    public double MaskRatio { get; init; } = 0.75;

    /// <summary>Whether the pixels of each patch are brought to mean 0 and variance 1 before they are compared.</summary>
    public bool NormPixLoss { get; init; }
}
