using Plinth.Layers.Norms;

namespace Plinth.Models.Text.Heads;

/// <summary>What the heads of one encoder architecture have in common.</summary>
public sealed record EncoderHeadOptions
{
    /// <summary>Width of the features.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Entries in the vocabulary.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Classes of a classifier.</summary>
    public required int LabelCount { get; init; }

    /// <summary>Width of the token vectors, which the vocabulary head returns to.</summary>
    public int? TokenSize { get; init; }

    /// <summary>Norm of the vocabulary head's transform.</summary>
    public required NormOptions Norm { get; init; }

    /// <summary>Non-linearity of the vocabulary head's transform.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>Whether the transforms add a vector.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>Non-linearity of the vector for the whole sequence.</summary>
    public string SummaryActivation { get; init; } = "tanh";

    /// <summary>The norm of the vector for the whole sequence, or null.</summary>
    public NormOptions? SummaryNorm { get; init; }

    /// <summary>Whether that vector is the mean of all real tokens instead of the first token.</summary>
    public bool SummarizesMean { get; init; }

    /// <summary>Whether tagging and span heads pass each token through the same dense layer and norm first (ModernBERT).</summary>
    public bool TransformsEachToken { get; init; }

    /// <summary>Probability of dropping a component before a classifier in training.</summary>
    public double Dropout { get; init; }
}
