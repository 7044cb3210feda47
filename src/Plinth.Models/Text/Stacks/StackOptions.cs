using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;

namespace Plinth.Models.Text.Stacks;

/// <summary>What a learned position is counted by, when the batch brings no positions.</summary>
public enum PositionCount
{
    /// <summary>The column.</summary>
    Columns,

    /// <summary>The real tokens so far, by the attention mask (OPT).</summary>
    MaskedIn,

    /// <summary>The tokens so far that are not the padding id, beginning after that id (RoBERTa).</summary>
    NotPadding,
}

/// <summary>A transformer over tokens: how they become vectors, the blocks, and what follows them.</summary>
public sealed record StackOptions
{
    /// <summary>A model without a last position, whose positions are computed, stops here.</summary>
    public const int Unbounded = 1 << 30;

    /// <summary>The blocks.</summary>
    public required TransformerOptions Blocks { get; init; }

    /// <summary>Longest sequence.</summary>
    public required int MaximumLength { get; init; }

    /// <summary>Width of the token vectors, where it is not that of the blocks (ALBERT, ELECTRA, OPT).</summary>
    public int? EmbeddingSize { get; init; }

    /// <summary>Whether the map from the token vectors' width to the blocks' adds a vector.</summary>
    public bool HasEmbeddingBias { get; init; } = true;

    /// <summary>Whether the features are mapped back to the width of the token vectors (OPT).</summary>
    public bool ReturnsToEmbeddingSize { get; init; }

    /// <summary>Factor on the token vectors.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>Rows of the table of learned positions; 0 without one.</summary>
    public int PositionRows { get; init; }

    /// <summary>The row of position 0.</summary>
    public int PositionOffset { get; init; }

    /// <summary>What positions are counted by.</summary>
    public PositionCount PositionCount { get; init; }

    /// <summary>Id of padding, for <see cref="PositionCount.NotPadding"/>.</summary>
    public int PaddingId { get; init; }

    /// <summary>Whether positions are sines and cosines, as in the original transformer, sines first (Marian).</summary>
    public bool HasSinusoids { get; init; }

    /// <summary>Rows of the table of segments; 0 without one.</summary>
    public int SegmentRows { get; init; }

    /// <summary>The norm of the embedded tokens, or null.</summary>
    public NormOptions? EmbeddingNorm { get; init; }

    /// <summary>Probability of dropping an embedded component in training.</summary>
    public double EmbeddingDropout { get; init; }

    /// <summary>The norm after the last block, or null.</summary>
    public NormOptions? FinalNorm { get; init; }

    /// <summary>Whether a trace ends with the last block's output and not with what <see cref="FinalNorm"/> makes of it, as the reference lists it (CLIP).</summary>
    public bool TracesLastBlock { get; init; }

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Whether fresh maps that write to the residual stream get a deviation that shrinks with depth.</summary>
    public bool ScalesResidualOutputs { get; init; }

    /// <summary>Width of the features.</summary>
    public int FeatureSize => ReturnsToEmbeddingSize ? EmbeddingSize ?? Blocks.Attention.HiddenSize : Blocks.Attention.HiddenSize;

    /// <summary>Width of the token vectors.</summary>
    public int TokenSize => EmbeddingSize ?? Blocks.Attention.HiddenSize;
}
