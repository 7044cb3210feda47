using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;

namespace Plinth.Models.Vision.Stacks;

/// <summary>A transformer over patches: how pictures become vectors, the blocks, and what follows them.</summary>
public sealed record PatchOptions
{
    /// <summary>The blocks.</summary>
    public required TransformerOptions Blocks { get; init; }

    /// <summary>The pictures that the positions are for.</summary>
    public required ImageSize ImageSize { get; init; }

    /// <summary>Height and width of a patch in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Channels of a picture.</summary>
    public int ChannelCount { get; init; } = 3;

    /// <summary>Whether pictures of other sizes are taken too, their positions interpolated.</summary>
    public bool InterpolatesPositions { get; init; }

    /// <summary>Whether the map from pixels adds a vector.</summary>
    public bool HasPatchBias { get; init; } = true;

    /// <summary>Whether a learned token stands before the patches.</summary>
    public bool HasClassToken { get; init; } = true;

    /// <summary>Learned tokens behind the patches, for what a picture may show (YOLOS).</summary>
    public int DetectionTokenCount { get; init; }

    /// <summary>Whether positions are sines and cosines that are stored but not trained (masked autoencoders).</summary>
    public bool HasFixedPositions { get; init; }

    /// <summary>Whether positions are added anew after each block but the last (YOLOS).</summary>
    public bool HasMidPositions { get; init; }

    /// <summary>Whether a learned vector can stand in for hidden patches.</summary>
    public bool HasMaskToken { get; init; }

    /// <summary>Whether tokens and positions are stored as plain vectors and tables, not with leading ones in their shape (CLIP, SigLIP).</summary>
    public bool HasPlainTables { get; init; }

    /// <summary>The norm of the embedded patches, or null.</summary>
    public NormOptions? EmbeddingNorm { get; init; }

    /// <summary>Probability of dropping an embedded component in training.</summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>The norm after the last block, or null.</summary>
    public NormOptions? FinalNorm { get; init; }

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Patches from top to bottom.</summary>
    public int RowCount => ImageSize.Height / PatchSize;

    /// <summary>Patches from left to right.</summary>
    public int ColumnCount => ImageSize.Width / PatchSize;

    /// <summary>Width of the features.</summary>
    public int HiddenSize => Blocks.Attention.HiddenSize;

    /// <summary>Tokens and patches of a picture.</summary>
    public int Length => (RowCount * ColumnCount) + (HasClassToken ? 1 : 0) + DetectionTokenCount;
}
