using Plinth.Data.Text;

namespace Plinth.Inference.Pipelines;

/// <summary>How texts become vectors.</summary>
public sealed record EmbeddingOptions
{
    /// <summary>Which vectors count.</summary>
    public Pooling Pooling { get; init; } = Pooling.Mean;

    /// <summary>Whether vectors have unit length, so that their inner product is their cosine.</summary>
    public bool IsNormalized { get; init; } = true;

    /// <summary>Texts computed together.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Tokens of a text that are read, special ones included; null means all positions of the model.</summary>
    public int? MaximumLength { get; init; }

    internal SentenceModules Modules => new() { Pooling = [Pooling], Steps = IsNormalized ? [new NormalizeStep()] : [], MaximumLength = MaximumLength };
}
