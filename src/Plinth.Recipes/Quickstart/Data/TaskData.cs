using Plinth.Core;

namespace Plinth.Recipes.Quickstart;

/// <summary>The samples of one task, split.</summary>
public sealed record TaskData
{
    /// <summary>Name of the task.</summary>
    public required string Name { get; init; }

    /// <summary>Name of each class or tag; empty when the task has none.</summary>
    public IReadOnlyList<string> LabelNames { get; init; } = [];

    /// <summary>All samples to learn from.</summary>
    public required IReadOnlyList<TextSample> Train { get; init; }

    /// <summary>Samples to choose by.</summary>
    public required IReadOnlyList<TextSample> Validation { get; init; }

    /// <summary>Samples to report on.</summary>
    public required IReadOnlyList<TextSample> Test { get; init; }

    /// <summary>
    /// As many training samples, classes in proportion. Of one seed a smaller subset is the beginning of a larger one;
    /// at or beyond the number that there is, it is all of them.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Which.</param>
    public IReadOnlyList<TextSample> Subset(int count, int seed) => SampleSubset.Take(Train, count, seed);
}
