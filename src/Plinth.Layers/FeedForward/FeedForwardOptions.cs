namespace Plinth.Layers.FeedForward;

/// <summary>Form of a block's position-wise network.</summary>
public sealed record FeedForwardOptions
{
    /// <summary>Width of input and output.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width between.</summary>
    public required int InnerSize { get; init; }

    /// <summary>Name of the non-linearity, see <see cref="Activations"/>.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>Whether a second map multiplies the first.</summary>
    public bool IsGated { get; init; }

    /// <summary>Whether gate and second map are one matrix, the gate first (Phi-3, ModernBERT).</summary>
    public bool IsGateFused { get; init; }

    /// <summary>
    /// Whether the map that the gate multiplies is stored as <c>value</c> and not as <c>up</c>: T5 has plain and gated networks under
    /// one table of names, and names that map differently in each.
    /// </summary>
    public bool HasValueMap { get; init; }

    /// <summary>Whether the maps add vectors.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>How many networks a router chooses from; 1 means that there is no router.</summary>
    public int ExpertCount { get; init; } = 1;

    /// <summary>How many of them each position uses.</summary>
    public int ExpertsPerToken { get; init; } = 1;
}
