namespace Plinth.Recipes.Vision;

/// <summary>Two of several samples.</summary>
/// <param name="First">Number of the one.</param>
/// <param name="Second">Number of the other, which is larger.</param>
/// <param name="IsSame">Whether both have one class.</param>
public readonly record struct LabelledPair(int First, int Second, bool IsSame);

/// <summary>Pairs of labelled samples.</summary>
public static class LabelledPairs
{
    /// <summary>All pairs of the same and of different classes; of a kind with too many a random sample, each pair as probable as any other.</summary>
    /// <param name="labels">Class of each sample.</param>
    /// <param name="maximumCount">Most pairs; half of them for each kind.</param>
    /// <param name="seed">Chooses the sample.</param>
    public static IReadOnlyList<LabelledPair> Of(IReadOnlyList<int> labels, int maximumCount, int seed)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumCount, 2);
        var random = new Random(seed);
        var (same, different) = (new Reservoir(maximumCount / 2, random), new Reservoir(maximumCount / 2, random));
        for (var i = 0; i < labels.Count; i++)
        {
            for (var j = i + 1; j < labels.Count; j++)
            {
                var isSame = labels[i] == labels[j];
                (isSame ? same : different).Add(new(i, j, isSame));
            }
        }

        return [.. same.Kept, .. different.Kept];
    }

    /// <summary>A sample of a stream whose length nobody knows (algorithm R; Vitter 1985).</summary>
    private sealed class Reservoir(int size, Random random)
    {
        private long seen;

        public List<LabelledPair> Kept { get; } = [];

        public void Add(LabelledPair pair)
        {
            seen++;
            if (Kept.Count < size)
            {
                Kept.Add(pair);
            }
            else if (random.NextInt64(seen) is var place && place < size)
            {
                Kept[(int)place] = pair;
            }
        }
    }
}
