namespace Plinth.Core;

/// <summary>A picture with whatever its task uses.</summary>
/// <param name="Image">Where the picture comes from.</param>
public sealed record ImageSample(ImageSource Image) : Sample
{
    /// <summary>Texts that describe the picture; empty when there are none.</summary>
    public IReadOnlyList<string> Captions { get; init; } = [];

    /// <summary>Texts that are tried on the picture, or null for those of the task.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>The second picture of a pair, or null.</summary>
    public ImageSource? Pair { get; init; }

    /// <summary>What is where, for detection; null when nobody has looked, empty when there is nothing.</summary>
    public IReadOnlyList<ImageBox>? Boxes { get; init; }

    /// <summary>Questions about the picture with their answers; empty when there are none.</summary>
    public IReadOnlyList<ImageQuestion> Questions { get; init; } = [];
}

/// <summary>A thing in a picture, in pixels of the upright picture.</summary>
/// <param name="Left">Where it begins from the left.</param>
/// <param name="Top">Where it begins from the top.</param>
/// <param name="Width">Its width.</param>
/// <param name="Height">Its height.</param>
/// <param name="Category">Number of its class.</param>
/// <param name="IsCrowd">Whether it is many things in one box, which nobody learns to find and to find which is neither right nor wrong.</param>
public sealed record ImageBox(double Left, double Top, double Width, double Height, int Category, bool IsCrowd = false)
{
    /// <summary>The box by its edges.</summary>
    public Box Edges => new(Left, Top, Left + Width, Top + Height);
}

/// <summary>A question about a picture.</summary>
/// <param name="Question">The question.</param>
/// <param name="Answers">Acceptable answers, the best first.</param>
public sealed record ImageQuestion(string Question, IReadOnlyList<string> Answers);
