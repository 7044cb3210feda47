namespace Plinth.Core;

/// <summary>A box by its edges, in any unit.</summary>
/// <param name="Left">From the left edge of the picture.</param>
/// <param name="Top">From the top edge of the picture.</param>
/// <param name="Right">From the left edge; no less than <paramref name="Left"/>.</param>
/// <param name="Bottom">From the top edge; no less than <paramref name="Top"/>.</param>
public readonly record struct Box(double Left, double Top, double Right, double Bottom)
{
    /// <summary>Width times height.</summary>
    public double Area => Math.Max(0, Right - Left) * Math.Max(0, Bottom - Top);
}
