using Plinth.Layers.Norms;
using Plinth.Layers.Positions;

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
    /// <summary>Not at all, or through the biases that all blocks share.</summary>
    None,

    /// <summary>Rotated queries and keys.</summary>
    Rotary,

    /// <summary>Linear biases on the scores.</summary>
    LinearBias,
}

/// <summary>How queries, keys and values are stored.</summary>
public enum ProjectionLayout
{
    /// <summary>A matrix for each.</summary>
    Separate,

    /// <summary>One matrix: all queries, then all keys, then all values (GPT-2, MPT, Phi-3).</summary>
    Stacked,

    /// <summary>One matrix: for each key head its queries, its key and its value (BLOOM, GPT-NeoX, Falcon).</summary>
    Grouped,
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

    /// <summary>How queries, keys and values are stored.</summary>
    public ProjectionLayout Layout { get; init; } = ProjectionLayout.Separate;

    /// <summary>Which positions are seen.</summary>
    public AttentionPattern Pattern { get; init; } = AttentionPattern.Bidirectional;

    /// <summary>
    /// How near a position must be to be seen: causally a position sees itself and the <c>Window - 1</c> before it; in both directions
    /// those at most <c>Window</c> away. Null means all.
    /// </summary>
    public int? Window { get; init; }

    /// <summary>The squares of a map that attend each within itself, or null where a sequence is attended to as a whole.</summary>
    public MapWindowOptions? MapWindows { get; init; }

    /// <summary>How positions enter.</summary>
    public PositionKind Positions { get; init; } = PositionKind.None;

    /// <summary>Wavelengths of <see cref="PositionKind.Rotary"/>.</summary>
    public RotaryOptions Rotary { get; init; } = new();

    /// <summary>Factor on the scores; null means 1/√head.</summary>
    public double? Scale { get; init; }

    /// <summary>Whether the scores of block n, from 0, are divided by n + 1 (an option of GPT-2's reference).</summary>
    public bool IsScaledByDepth { get; init; }

    /// <summary>The bound c of scores s, which become c·tanh(s/c) (Gemma 2: arXiv:2408.00118); null leaves them.</summary>
    public double? ScoreCap { get; init; }

    /// <summary>The norm that each head's queries and keys pass before they are rotated, or null (Dehghani et al. 2023, arXiv:2302.05442).</summary>
    public NormOptions? HeadNorm { get; init; }

    /// <summary>Probability of dropping an attention weight in training.</summary>
    public double Dropout { get; init; }

    /// <summary>Width of a head.</summary>
    public int ResolvedHeadSize => HeadSize ?? HiddenSize / HeadCount;

    /// <summary>Key and value heads.</summary>
    public int ResolvedKeyValueHeadCount => KeyValueHeadCount ?? HeadCount;

    /// <summary>What the mask and the rotary tables depend on; layers that agree in it share both.</summary>
    internal AttentionForm Form => new(Pattern, Window, Positions, Positions == PositionKind.Rotary ? Rotary : null, ResolvedHeadSize, HeadCount, MapWindows);
}

/// <summary>What the mask and the rotary tables depend on.</summary>
internal readonly record struct AttentionForm(
    AttentionPattern Pattern, int? Window, PositionKind Positions, RotaryOptions? Rotary, int HeadSize, int HeadCount, MapWindowOptions? MapWindows);
