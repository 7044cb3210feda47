namespace Plinth.Data.Vision;

/// <summary>What the category of a box is.</summary>
public enum SceneBoxes
{
    /// <summary>The shape: <c>circle</c>.</summary>
    Shapes,

    /// <summary>Colour and shape: <c>red circle</c>.</summary>
    ColorsAndShapes,
}

/// <summary>What drawn pictures are like.</summary>
public sealed record DrawnSceneOptions
{
    /// <summary>Smallest side at which shapes can be told apart.</summary>
    internal const int SmallestSide = 24;

    /// <summary>Chooses all scenes.</summary>
    public ulong Seed { get; init; }

    /// <summary>Rows and columns, 24 to 1024.</summary>
    public int Side { get; init; } = 64;

    /// <summary>Most figures of the subject, 1 to 4.</summary>
    public int MaxCount { get; init; } = 4;

    /// <summary>How often figures of another kind stand beside two or more of the subject, 0 to 1.</summary>
    public double OthersProbability { get; init; } = 0.5;

    /// <summary>How often a word is written, 0 to 1.</summary>
    public double WordProbability { get; init; } = 0.25;

    /// <summary>How often a picture is grainy, 0 to 1.</summary>
    public double NoiseProbability { get; init; } = 0.5;

    /// <summary>What the categories of boxes are.</summary>
    public SceneBoxes Boxes { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">An option is outside its bounds.</exception>
    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Side, SmallestSide);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Side, 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxCount, 4);
    }
}
