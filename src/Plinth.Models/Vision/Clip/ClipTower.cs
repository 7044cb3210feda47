using Plinth.Core;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;

namespace Plinth.Models.Vision.Clip;

/// <summary>The fields that the parts of CLIP's kin share, whether they read or see.</summary>
public abstract record ClipTowerConfig : ModelConfig
{
    /// <summary>Width of the features.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Width inside the feed-forward networks.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Blocks.</summary>
    public int NumHiddenLayers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int NumAttentionHeads { get; init; } = 12;

    /// <summary>Non-linearity of the feed-forward networks.</summary>
    public string HiddenAct { get; init; } = "quick_gelu";

    /// <summary>Added to the variance in the norms.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Dropout of attention weights.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>The blocks that the config describes.</summary>
    /// <param name="pattern">Which positions are seen.</param>
    internal TransformerOptions Blocks(AttentionPattern pattern = AttentionPattern.Bidirectional) => new()
    {
        BlockCount = NumHiddenLayers,
        Norm = Norm(),
        FeedForward = new() { HiddenSize = HiddenSize, InnerSize = IntermediateSize, Activation = HiddenAct },
        Attention = new() { HiddenSize = HiddenSize, HeadCount = NumAttentionHeads, Pattern = pattern, Dropout = AttentionDropout },
    };

    /// <summary>The norms that the config describes.</summary>
    internal NormOptions Norm() => new(Epsilon: LayerNormEps);
}

/// <summary>The fields of a part that reads.</summary>
public abstract record ClipTextTypeConfig : ClipTowerConfig
{
    /// <summary>Longest text.</summary>
    public int MaxPositionEmbeddings { get; init; } = 77;
}

/// <summary>The fields of a part that sees.</summary>
public abstract record ClipVisionTypeConfig : ClipTowerConfig
{
    /// <summary>Height and width of the pictures in pixels.</summary>
    public ImageSize ImageSize { get; init; } = new(224);

    /// <summary>Height and width of a patch in pixels.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Channels of a picture.</summary>
    public int NumChannels { get; init; } = 3;

    /// <summary>Whether pictures of other sizes are taken, the positions interpolated: what the reference calls by this name is an argument of its calls.</summary>
    public bool? InterpolatePosEncoding { get; init; }
}
