namespace Plinth.Layers.Attention;

/// <summary>Which positions a position may look at.</summary>
public enum AttentionPattern
{
    /// <summary>All of them.</summary>
    Bidirectional,

    /// <summary>Itself and earlier ones.</summary>
    Causal,
}

/// <summary>How positions enter attention; learned tables are added by the embedding instead.</summary>
public enum PositionKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Rotated queries and keys.</summary>
    Rotary,

    /// <summary>Linear biases on the scores.</summary>
    LinearBias,
}

/// <summary>Sizes and form of one attention layer.</summary>
public sealed record AttentionOptions
{
    /// <summary>Width of input and output.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Query heads.</summary>
    public required int HeadCount { get; init; }

    /// <summary>Key and value heads; fewer than <see cref="HeadCount"/> means grouped queries (Ainslie et al. 2023, arXiv:2305.13245).</summary>
    public int? KeyValueHeadCount { get; init; }

    /// <summary>Width of a head; null divides the hidden width by the heads.</summary>
    public int? HeadSize { get; init; }

    /// <summary>Whether the maps to queries, keys and values add a vector.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>Whether the output map adds a vector.</summary>
    public bool HasOutputBias { get; init; } = true;

    /// <summary>Whether queries, keys and values come from one matrix, as in GPT-2's files.</summary>
    public bool IsFused { get; init; }

    /// <summary>Which positions are seen.</summary>
    public AttentionPattern Pattern { get; init; } = AttentionPattern.Bidirectional;

    /// <summary>How positions enter.</summary>
    public PositionKind Positions { get; init; } = PositionKind.None;

    /// <summary>Base of the rotary wavelengths.</summary>
    public double RotaryTheta { get; init; } = 10_000;

    /// <summary>Factor on the scores; null means 1/√head.</summary>
    public double? Scale { get; init; }

    /// <summary>Whether the scores of block n, from 0, are divided by n + 1 (an option of GPT-2's reference).</summary>
    public bool IsScaledByDepth { get; init; }

    /// <summary>Probability of dropping an attention weight in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Width of a head.</summary>
    public int ResolvedHeadSize => HeadSize ?? HiddenSize / HeadCount;

    /// <summary>Key and value heads.</summary>
    public int ResolvedKeyValueHeadCount => KeyValueHeadCount ?? HeadCount;
}
