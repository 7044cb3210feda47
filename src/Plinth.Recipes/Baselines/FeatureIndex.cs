using System.Runtime.InteropServices;

namespace Plinth.Recipes.Baselines;

/// <summary>
/// Numbers for the features that occur often enough in training. Features are known by a 64-bit hash alone, which saves
/// their text; among a million features two share one with probability below 1e-7.
/// </summary>
internal sealed class FeatureIndex
{
    private readonly Dictionary<ulong, int> indices = [];

    /// <param name="samples">The distinct features of each sample.</param>
    /// <param name="minimum">Samples in which a feature must occur to get a number.</param>
    public FeatureIndex(IEnumerable<IEnumerable<ulong>> samples, int minimum)
    {
        var counts = new Dictionary<ulong, int>();
        foreach (var sample in samples)
        {
            SampleCount++;
            foreach (var feature in sample)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, feature, out _)++;
            }
        }
        // In the order of first occurrence, so that the same data always gives the same numbers.
        foreach (var (feature, count) in counts.Where(pair => pair.Value >= minimum))
        {
            indices.Add(feature, indices.Count);
            SampleCounts.Add(count);
        }
    }

    public int Count => indices.Count;

    /// <summary>Samples seen.</summary>
    public int SampleCount { get; }

    /// <summary>In how many samples each feature occurred, by number.</summary>
    public List<int> SampleCounts { get; } = [];

    public bool TryGet(ulong feature, out int index) => indices.TryGetValue(feature, out index);
}
