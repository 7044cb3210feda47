using System.Text.Json.Serialization;
using Plinth.Core;

namespace Plinth.Models.Vision.Swin;

/// <summary>The fields of config.json of Swin.</summary>
public sealed record SwinConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "swin";

    /// <summary>Height and width of the pictures in pixels that the model was trained on; others are taken too.</summary>
    public ImageSize ImageSize { get; init; } = new(224);

    /// <summary>Height and width of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>Channels of a picture.</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>Width of the first stage; each further one is twice as wide.</summary>
    public int EmbedDim { get; init; } = 96;

    /// <summary>Blocks per stage.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [2, 2, 6, 2];

    /// <summary>Attention heads per stage.</summary>
    public IReadOnlyList<int> NumHeads { get; init; } = [3, 6, 12, 24];

    /// <summary>Rows and columns of a window.</summary>
    public int WindowSize { get; init; } = 7;

    /// <summary>Width inside the feed-forward networks, in widths of the stage.</summary>
    public double MlpRatio { get; init; } = 4;

    /// <summary>Whether the maps to queries, keys and values add a vector.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Dropout of embeddings and of what blocks add.</summary>
    public double HiddenDropoutProb { get; init; }

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionProbsDropoutProb { get; init; }

    /// <summary>Probability that a sample goes without the last block in training; earlier blocks have less.</summary>
    public double DropPathRate { get; init; } = 0.1;

    /// <summary>Non-linearity of the feed-forward networks.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Whether learned positions are added to the patches; not supported.</summary>
    public bool UseAbsoluteEmbeddings { get; init; }

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Added to the variance in the norms of the blocks and after them; the others have 1e-5.</summary>
    public double LayerNormEps { get; init; } = 1e-5;
}
