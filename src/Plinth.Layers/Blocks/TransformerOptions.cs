using Plinth.Layers.Attention;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using Plinth.Layers.Positions;

namespace Plinth.Layers.Blocks;

/// <summary>Where a block normalises.</summary>
public enum NormPlacement
{
    /// <summary>Before each part, leaving the residual stream untouched (GPT-2, Llama).</summary>
    Before,

    /// <summary>After each sum (the original transformer, BERT).</summary>
    After,

    /// <summary>Before each part and again on its result (Gemma 2).</summary>
    Around,

    /// <summary>Before both parts, which read the same input and are added together: one norm for both (GPT-J, Phi) or one for each (GPT-NeoX).</summary>
    Parallel,
}

/// <summary>Everything that tells one transformer from another, outside its embeddings and heads.</summary>
public sealed record TransformerOptions
{
    /// <summary>Blocks.</summary>
    public required int BlockCount { get; init; }

    /// <summary>The attention of each block.</summary>
    public required AttentionOptions Attention { get; init; }

    /// <summary>The attention of one block, by its number from 0, where blocks differ; null means that all have <see cref="Attention"/>.</summary>
    public Func<int, AttentionOptions>? AttentionOf { get; init; }

    /// <summary>The feed-forward network of each block.</summary>
    public required FeedForwardOptions FeedForward { get; init; }

    /// <summary>The norms of each block.</summary>
    public NormOptions Norm { get; init; } = new();

    /// <summary>Where they stand.</summary>
    public NormPlacement Placement { get; init; } = NormPlacement.Before;

    /// <summary>With <see cref="NormPlacement.Parallel"/>: whether the feed-forward network has a norm of its own.</summary>
    public bool HasOwnFeedForwardNorm { get; init; }

    /// <summary>Whether the first block leaves its first norm out, because the embedding has just been normalised (ModernBERT).</summary>
    public bool SkipsFirstNorm { get; init; }

    /// <summary>Whether each block also attends to an encoder's output.</summary>
    public bool HasMemory { get; init; }

    /// <summary>How many different blocks there are; neighbours share one (ALBERT: arXiv:1909.11942). Null means that all differ.</summary>
    public int? DistinctBlockCount { get; init; }

    /// <summary>Learned biases by distance, shared by all blocks, or null.</summary>
    public RelativeBucketOptions? RelativeBuckets { get; init; }

    /// <summary>Distances that queries and keys meet, or null.</summary>
    public DisentangledOptions? Disentangled { get; init; }

    /// <summary>What learned factors on each component of a block's outputs begin with (Touvron et al. 2021, arXiv:2103.17239), or null for none.</summary>
    public double? OutputScale { get; init; }

    /// <summary>Probability of dropping a component of a block's outputs in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Probability that a sample goes without what one block adds in training, by its number from 0 (<see cref="StochasticDepth"/>); null leaves nothing out.</summary>
    public Func<int, double>? DropProbabilityOf { get; init; }
}
