namespace Plinth.Tasks.Metrics;

/// <summary>A box by its edges, in any unit.</summary>
/// <param name="Left">From the left edge of the picture.</param>
/// <param name="Top">From the top edge of the picture.</param>
/// <param name="Right">From the left edge; no less than <paramref name="Left"/>.</param>
/// <param name="Bottom">From the top edge; no less than <paramref name="Top"/>.</param>
public readonly record struct Box(double Left, double Top, double Right, double Bottom)
{
    /// <summary>Width times height.</summary>
    public double Area => Math.Max(0, Right - Left) * Math.Max(0, Bottom - Top);

    /// <summary>Area that two boxes share.</summary>
    public static double Shared(Box first, Box second) =>
        Math.Max(0, Math.Min(first.Right, second.Right) - Math.Max(first.Left, second.Left))
        * Math.Max(0, Math.Min(first.Bottom, second.Bottom) - Math.Max(first.Top, second.Top));
}

/// <summary>A thing that a picture shows.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Box">Where it is.</param>
/// <param name="IsCrowd">Whether it is many things in one box: finding them is neither right nor wrong.</param>
public readonly record struct ExpectedBox(int Class, Box Box, bool IsCrowd = false);

/// <summary>A thing that a model claims to see.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Box">Where it is.</param>
/// <param name="Score">How sure the model is; higher is surer.</param>
public readonly record struct DetectedBox(int Class, Box Box, double Score);
