using System.Text.Json.Serialization;
using Plinth.Core;

namespace Plinth.Models.Vision.ConvNext;

/// <summary>The fields of config.json of ConvNeXt.</summary>
public sealed record ConvNextConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "convnext";

    /// <summary>Channels of a picture.</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>Height and width of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>Width per stage.</summary>
    public IReadOnlyList<int> HiddenSizes { get; init; } = [96, 192, 384, 768];

    /// <summary>Blocks per stage.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [3, 3, 9, 3];

    /// <summary>Non-linearity of the networks.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Added to the variance in the norm before a head; the others have 1e-6.</summary>
    public double LayerNormEps { get; init; } = 1e-12;

    /// <summary>What the factor on each block's change begins with; 0 or less means that there is none.</summary>
    public double LayerScaleInitValue { get; init; } = 1e-6;

    /// <summary>Probability that a sample goes without the last block in training; earlier blocks have less.</summary>
    public double DropPathRate { get; init; }
}
