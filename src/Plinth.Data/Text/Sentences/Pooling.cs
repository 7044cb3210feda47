namespace Plinth.Data.Text;

/// <summary>How the vectors of tokens become one of their text. The order is that in which several are joined.</summary>
public enum Pooling
{
    /// <summary>The first token's vector (<c>[CLS]</c>).</summary>
    First,

    /// <summary>The largest value of each component.</summary>
    Max,

    /// <summary>The mean of all tokens.</summary>
    Mean,

    /// <summary>The sum of all tokens, divided by the square root of their number.</summary>
    MeanSqrtLength,

    /// <summary>The mean in which the n-th token counts n times, for causal models (Muennighoff 2022, arXiv:2202.08904).</summary>
    WeightedMean,

    /// <summary>The last token's vector, which alone has seen all others in a causal model.</summary>
    Last,
}
