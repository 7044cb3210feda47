using System.Text.Json.Serialization;
using Plinth.Core;

namespace Plinth.Models.Vision.ResNet;

/// <summary>The fields of config.json of ResNet.</summary>
public sealed record ResNetConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "resnet";

    /// <summary>Channels of a picture.</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>Width of the first map.</summary>
    public int EmbeddingSize { get; init; } = 64;

    /// <summary>Width per stage.</summary>
    public IReadOnlyList<int> HiddenSizes { get; init; } = [256, 512, 1024, 2048];

    /// <summary>Layers per stage.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [3, 4, 6, 3];

    /// <summary><c>basic</c> or <c>bottleneck</c>.</summary>
    public string LayerType { get; init; } = "bottleneck";

    /// <summary>Non-linearity.</summary>
    public string HiddenAct { get; init; } = "relu";

    /// <summary>Whether the first stage halves the map too.</summary>
    public bool DownsampleInFirstStage { get; init; }

    /// <summary>Whether a bottleneck halves the map in its first convolution, and not in its second.</summary>
    public bool DownsampleInBottleneck { get; init; }
}
