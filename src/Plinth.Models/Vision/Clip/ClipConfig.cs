using System.Text.Json.Serialization;

namespace Plinth.Models.Vision.Clip;

/// <summary>The fields of the part of CLIP that reads.</summary>
public sealed record ClipTextConfig : ClipTextTypeConfig
{
    /// <summary>As the reference has them.</summary>
    public ClipTextConfig()
    {
        (VocabSize, HiddenSize, IntermediateSize, NumAttentionHeads) = (49_408, 512, 2048, 8);
        (BosTokenId, EosTokenId, PadTokenId) = (49_406, 49_407, 1);
    }

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "clip_text_model";
}

/// <summary>The fields of the part of CLIP that sees.</summary>
public sealed record ClipVisionConfig : ClipVisionTypeConfig
{
    /// <summary>As the reference has them.</summary>
    public ClipVisionConfig() => PatchSize = 32;

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "clip_vision_model";
}

/// <summary>The fields of config.json of CLIP.</summary>
public sealed record ClipConfig : PairConfig<ClipTextConfig, ClipVisionConfig>
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "clip";

    /// <summary>Width of the common space.</summary>
    public int ProjectionDim { get; init; } = 512;

    /// <summary>What the logarithm of the factor on the cosines begins with.</summary>
    public double LogitScaleInitValue { get; init; } = 2.6592;
}
