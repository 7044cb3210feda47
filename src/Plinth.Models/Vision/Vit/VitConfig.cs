using System.Text.Json.Serialization;
using Plinth.Core;

namespace Plinth.Models.Vision.Vit;

/// <summary>The fields that configs of the Vision Transformer's build share.</summary>
public abstract record VitTypeConfig : ModelConfig
{
    /// <summary>Width of the features.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Blocks.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 12;

    /// <summary>Non-linearity of the feed-forward networks.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Dropout of embeddings and of what blocks add.</summary>
    public double HiddenDropoutProb { get; init; }

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionProbsDropoutProb { get; init; }

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Added to the variance in the norms.</summary>
    public double LayerNormEps { get; init; } = 1e-12;

    /// <summary>Height and width of the pictures in pixels.</summary>
    public ImageSize ImageSize { get; init; } = new(224);

    /// <summary>Height and width of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Channels of a picture.</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>Whether the maps to queries, keys and values add a vector.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Whether pictures of other sizes are taken, the positions interpolated: what the reference calls by this name is an argument of its calls. Null means the architecture's habit.</summary>
    public bool? InterpolatePosEncoding { get; init; }
}

/// <summary>The fields of config.json of ViT.</summary>
public sealed record VitConfig : VitTypeConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "vit";

    /// <summary>Width inside the feed-forward networks.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Width of the vector for the whole picture; null means <see cref="VitTypeConfig.HiddenSize"/>.</summary>
    public int? PoolerOutputSize { get; init; }

    /// <summary>Non-linearity of that vector.</summary>
    public string PoolerAct { get; init; } = "tanh";
}
