using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>Pictures with the names of their classes.</summary>
/// <param name="Samples">In the fixed order of the reader; decoded only when asked for.</param>
/// <param name="LabelNames">The name of each class number; empty when there are no classes.</param>
/// <param name="Skipped">What was left out.</param>
public sealed record ImageSet(IReadOnlyList<ImageSample> Samples, IReadOnlyList<string> LabelNames, SkippedImages Skipped)
{
    /// <summary>The name of each category of <see cref="ImageSample.Boxes"/>; empty when there are no boxes.</summary>
    public IReadOnlyList<string> CategoryNames { get; init; } = [];
}

/// <summary>Files or rows that gave no picture.</summary>
/// <param name="Count">How many.</param>
/// <param name="Reasons">How many for each reason.</param>
/// <param name="Examples">What was said of the first ones.</param>
public sealed record SkippedImages(int Count, IReadOnlyDictionary<string, int> Reasons, IReadOnlyList<string> Examples)
{
    /// <summary>Nothing was left out.</summary>
    public static SkippedImages None { get; } = new(0, new Dictionary<string, int>(), []);

    /// <summary>One line for a report.</summary>
    public override string ToString() => Count == 0 ? "none" : $"{Count:N0} ({string.Join(", ", Reasons.Select(reason => $"{reason.Key} {reason.Value:N0}"))})";
}
