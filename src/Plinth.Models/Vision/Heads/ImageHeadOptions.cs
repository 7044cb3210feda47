using Plinth.Layers.Norms;

namespace Plinth.Models.Vision.Heads;

/// <summary>What of a picture's vectors stands for the whole.</summary>
public enum ImageSummary
{
    /// <summary>The first: a class token.</summary>
    First,

    /// <summary>The mean of all.</summary>
    Mean,

    /// <summary>The first, and the mean of the others behind it: twice the width.</summary>
    FirstAndMean,
}

/// <summary>What the heads of one architecture have in common.</summary>
public sealed record ImageHeadOptions
{
    /// <summary>Width of the features.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Classes of a classifier.</summary>
    public required int LabelCount { get; init; }

    /// <summary>What stands for the whole picture, before a classifier.</summary>
    public ImageSummary Summary { get; init; }

    /// <summary>What stands for the whole picture, where nothing else follows.</summary>
    public ImageSummary VectorSummary { get; init; }

    /// <summary>The norm of what stands for the whole picture, or null.</summary>
    public NormOptions? Norm { get; init; }

    /// <summary>Width of the dense layer that makes the vector for the whole picture; null leaves it out.</summary>
    public int? VectorSize { get; init; }

    /// <summary>Non-linearity of that layer.</summary>
    public string VectorActivation { get; init; } = "tanh";

    /// <summary>Width of a summary.</summary>
    public int SizeOf(ImageSummary summary) => summary == ImageSummary.FirstAndMean ? 2 * HiddenSize : HiddenSize;
}
