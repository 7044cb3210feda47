using System.Text.Json.Serialization;
using Plinth.Models.Vision.Clip;

namespace Plinth.Models.Vision.Siglip;

/// <summary>The fields of the part of SigLIP that reads.</summary>
public sealed record SiglipTextConfig : ClipTextTypeConfig
{
    /// <summary>As the reference has them.</summary>
    public SiglipTextConfig()
    {
        (VocabSize, MaxPositionEmbeddings, HiddenAct, LayerNormEps) = (32_000, 64, "gelu_pytorch_tanh", 1e-6);
        (BosTokenId, EosTokenId, PadTokenId) = (49_406, 49_407, 1);
    }

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "siglip_text_model";

    /// <summary>Width of a text's vector; null means <see cref="ClipTowerConfig.HiddenSize"/>.</summary>
    public int? ProjectionSize { get; init; }
}

/// <summary>The fields of the part of SigLIP that sees.</summary>
public sealed record SiglipVisionConfig : ClipVisionTypeConfig
{
    /// <summary>As the reference has them.</summary>
    public SiglipVisionConfig() => (HiddenAct, LayerNormEps) = ("gelu_pytorch_tanh", 1e-6);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "siglip_vision_model";

    /// <summary>Whether a learned question makes the picture's vector; only true is supported.</summary>
    public bool? VisionUseHead { get; init; }
}

/// <summary>The fields of config.json of SigLIP.</summary>
public sealed record SiglipConfig : PairConfig<SiglipTextConfig, SiglipVisionConfig>
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "siglip";
}
