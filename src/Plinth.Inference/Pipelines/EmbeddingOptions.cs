namespace Plinth.Inference.Pipelines;

/// <summary>How the vectors of tokens become one of their text.</summary>
public enum Pooling
{
    /// <summary>The mean of all tokens.</summary>
    Mean,

    /// <summary>The first token's vector (<c>[CLS]</c>).</summary>
    First,

    /// <summary>The last token's vector, which alone has seen all others in a causal model.</summary>
    Last,
}

/// <summary>How texts become vectors.</summary>
public sealed record EmbeddingOptions
{
    /// <summary>Which vectors count.</summary>
    public Pooling Pooling { get; init; }

    /// <summary>Whether vectors have unit length, so that their inner product is their cosine.</summary>
    public bool IsNormalized { get; init; } = true;

    /// <summary>Texts computed together.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Tokens of a text that are read, special ones included; null means all positions of the model.</summary>
    public int? MaximumLength { get; init; }
}
