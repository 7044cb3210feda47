using System.Text.Json.Serialization;
using Plinth.Models.Vision.Vit;

namespace Plinth.Models.Vision.Dinov2;

/// <summary>The fields of config.json of DINOv2.</summary>
public sealed record Dinov2Config : VitTypeConfig
{
    /// <summary>As the reference has them, where they differ from ViT's.</summary>
    public Dinov2Config()
    {
        LayerNormEps = 1e-6;
        PatchSize = 14;
    }

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "dinov2";

    /// <summary>Width inside the feed-forward networks, in multiples of <see cref="VitTypeConfig.HiddenSize"/>.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>What the learned factors on the blocks' outputs begin with.</summary>
    public double LayerscaleValue { get; init; } = 1;

    /// <summary>Probability of leaving out a block for a picture in training; only 0 is supported.</summary>
    public double DropPathRate { get; init; }

    /// <summary>Whether the feed-forward networks are gated.</summary>
    public bool UseSwigluFfn { get; init; }

    /// <summary>Whether a learned vector can stand in for hidden patches.</summary>
    public bool UseMaskToken { get; init; } = true;
}
