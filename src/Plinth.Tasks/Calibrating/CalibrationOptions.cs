using Plinth.Core;

namespace Plinth.Tasks;

/// <summary>
/// What is chosen for a classifier on its validation samples, after it was trained: a temperature, and a threshold for each class that is
/// to be flagged. Of precision, recall and rate at most one is given; without any, the threshold is that of the best F1.
/// </summary>
public sealed record CalibrationOptions
{
    /// <summary>Classes that are flagged; none for all.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>Least share of what is flagged that has to be right, 0 to 1; the most positives are then found. Classes that cannot reach it are never flagged.</summary>
    public double? Precision { get; init; }

    /// <summary>Least share of the positives that have to be flagged, above 0 to 1; as few others as can be are flagged then.</summary>
    public double? Recall { get; init; }

    /// <summary>Largest share of the negatives that may be flagged, 0 to 1; the most positives are then found.</summary>
    public double? FalsePositiveRate { get; init; }

    /// <summary>What thresholds are chosen for, in words.</summary>
    internal string Goal => FormattableString.Invariant(
        $"{(Precision is { } p ? $"precision {p}" : Recall is { } r ? $"recall {r}" : FalsePositiveRate is { } f ? $"false positive rate {f}" : "best F1")}");

    /// <summary>Refuses impossible values.</summary>
    /// <param name="labels">Classes of the model.</param>
    /// <exception cref="RecipeException">A value is out of range, several goals are given, or a class is unknown.</exception>
    internal void Check(IReadOnlyList<string> labels)
    {
        double?[] goals = [Precision, Recall, FalsePositiveRate];
        if (goals.Count(goal => goal is not null) > 1)
        {
            throw new RecipeException("calibration: precision, recall and false_positive_rate exclude each other. Give one of them, or none for the best F1.");
        }

        if (goals.Any(goal => goal is not null and not (>= 0 and <= 1)) || Recall == 0)
        {
            throw new RecipeException($"calibration: {Goal} is no share that can be reached; it must be between 0 and 1, and a recall above 0.");
        }

        if (Labels.FirstOrDefault(label => !labels.Contains(label, StringComparer.Ordinal)) is { } unknown)
        {
            throw new RecipeException($"calibration.labels: there is no class '{unknown}'. Known: {string.Join(", ", labels)}.");
        }
    }
}
