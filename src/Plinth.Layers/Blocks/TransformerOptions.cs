using Plinth.Layers.Attention;
using Plinth.Layers.Norms;

namespace Plinth.Layers.Blocks;

/// <summary>Where a block normalises.</summary>
public enum NormPlacement
{
    /// <summary>Before each part, leaving the residual stream untouched (GPT-2, Llama).</summary>
    Before,

    /// <summary>After each sum (the original transformer, BERT).</summary>
    After,
}

/// <summary>Everything that tells one transformer from another, outside its embeddings and heads.</summary>
public sealed record TransformerOptions
{
    /// <summary>Blocks.</summary>
    public required int BlockCount { get; init; }

    /// <summary>The attention of each block.</summary>
    public required AttentionOptions Attention { get; init; }

    /// <summary>Width inside the feed-forward network.</summary>
    public required int InnerSize { get; init; }

    /// <summary>Name of the non-linearity.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>Whether the feed-forward network is gated.</summary>
    public bool IsGated { get; init; }

    /// <summary>Whether the feed-forward maps add vectors.</summary>
    public bool HasFeedForwardBias { get; init; } = true;

    /// <summary>Which norm.</summary>
    public NormKind Norm { get; init; } = NormKind.LayerNorm;

    /// <summary>Where it stands.</summary>
    public NormPlacement Placement { get; init; } = NormPlacement.Before;

    /// <summary>Added to the variance.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Probability of dropping a component of a block's outputs in training.</summary>
    public double Dropout { get; init; }
}
