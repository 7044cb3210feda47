namespace Plinth.Layers.Norms;

/// <summary>Which statistics a <see cref="Norm"/> divides by.</summary>
public enum NormKind
{
    /// <summary>Mean and variance, with a learned scale and shift (Ba et al. 2016, arXiv:1607.06450).</summary>
    LayerNorm,

    /// <summary>Root mean square alone, with a learned scale (Zhang, Sennrich 2019, arXiv:1910.07467).</summary>
    RootMeanSquare,

    /// <summary>Root mean square alone; the learned scale is counted from 1, so that weight decay pulls towards doing nothing (Gemma: arXiv:2403.08295).</summary>
    RootMeanSquareFromOne,
}

/// <summary>Form of a norm.</summary>
/// <param name="Kind">Which statistics.</param>
/// <param name="Epsilon">Added to the variance, so that constant vectors do not divide by 0.</param>
/// <param name="HasBias">Whether a layer norm adds a learned vector; the others never do.</param>
public sealed record NormOptions(NormKind Kind = NormKind.LayerNorm, double Epsilon = 1e-5, bool HasBias = true)
{
    /// <summary>A root-mean-square norm.</summary>
    /// <param name="epsilon">Added to the mean square.</param>
    public static NormOptions RootMeanSquare(double epsilon) => new(NormKind.RootMeanSquare, epsilon, HasBias: false);
}
