using Plinth.Core;

namespace Plinth.Recipes;

/// <summary>A few of many labelled samples, as if no more had been labelled.</summary>
internal static class SampleSubset
{
    /// <summary>
    /// As many samples, classes in proportion. Of one seed a smaller subset is the beginning of a larger one; at or beyond the number that
    /// there is, it is all of them.
    /// </summary>
    /// <param name="samples">All.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="seed">Which.</param>
    public static IReadOnlyList<TSample> Take<TSample>(IReadOnlyList<TSample> samples, int count, int seed) where TSample : Sample
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var shuffled = samples.ToArray();
        new Random(seed).Shuffle(shuffled);

        // The k-th of n samples of a class stands at (k + 1/2) / n of the whole, so that every beginning holds each class in proportion.
        return [.. shuffled
            .GroupBy(sample => sample.Label)
            .OrderBy(group => group.Key)
            .SelectMany(group => group.Select((sample, k) => (Sample: sample, Place: (k + 0.5) / group.Count())))
            .OrderBy(placed => placed.Place)
            .Take(count)
            .Select(placed => placed.Sample)];
    }
}
