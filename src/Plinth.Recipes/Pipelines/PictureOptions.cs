using Plinth.Inference.Vision;

namespace Plinth.Recipes.Pipelines;

/// <summary>How pictures become vectors of unit length.</summary>
public sealed record ImageVectorOptions
{
    /// <summary>What stands for a picture; null takes the class token where there is one, else the mean. A model with a vector of its own, as clip, takes none.</summary>
    public ImagePooling? Pooling { get; init; }
}

/// <summary>How pictures are compared.</summary>
public sealed record ImageVerificationOptions
{
    /// <summary>What stands for a picture; as for vectors of pictures.</summary>
    public ImagePooling? Pooling { get; init; }

    /// <summary>The cosine from which two pictures are said to show the same, -1 to 1; null says nothing. <c>plinth evaluate</c> tells what each threshold is worth.</summary>
    public double? Threshold { get; init; }
}

/// <summary>How labels are tried on pictures.</summary>
public sealed record ZeroShotImageOptions
{
    /// <summary>Labels for the pictures that bring none of their own.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Texts with {} where the label goes; the vectors of several are averaged.</summary>
    public IReadOnlyList<string> Templates { get; init; } = ["This is a photo of {}."];
}

/// <summary>How texts are found for a picture.</summary>
public sealed record TextRetrievalOptions
{
    /// <summary>Texts for the pictures that bring none of their own.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];
}

/// <summary>How pictures are found for a text.</summary>
public sealed record ImageRetrievalOptions
{
    /// <summary>The folder, archive or table of pictures that is searched. Their vectors are computed once, when the pipeline is loaded.</summary>
    public string Pictures { get; init; } = "";
}
