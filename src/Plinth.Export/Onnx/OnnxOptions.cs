namespace Plinth.Export.Onnx;

/// <summary>A half of a model that reads and sees.</summary>
public enum PairPart
{
    /// <summary>What sees: pictures to vectors.</summary>
    Vision,

    /// <summary>What reads: texts to vectors.</summary>
    Text,
}

/// <summary>How a checkpoint becomes an ONNX model.</summary>
public sealed record OnnxOptions
{
    /// <summary>
    /// Whether a decoder takes the keys and values of earlier tokens (<c>past_key_values.N.key</c>, <c>.value</c>) and gives them back
    /// with the new ones (<c>present.N.key</c>, <c>.value</c>), all <c>[batch, heads, seq, head]</c>. The first call takes them with 0 tokens.
    /// </summary>
    public bool WithCache { get; init; }

    /// <summary>Which half of a <c>clip</c> is written; null for architectures that are one whole.</summary>
    public PairPart? Part { get; init; }

    /// <summary>Most bytes of weights inside the model file; more go into a second file beside it, since a message ends at 2 GB.</summary>
    public long LargestEmbedded { get; init; } = 1_900_000_000;

    /// <summary>Is told after each tensor, or null.</summary>
    public IProgress<ExportProgress>? Progress { get; init; }
}
