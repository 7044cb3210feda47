using Plinth.Core;

namespace Plinth.Data.Vision;

/// <summary>A batch of pictures, ready to become tensors.</summary>
/// <param name="Index">Number of the batch; it runs on over the epochs.</param>
/// <param name="Pixels">The values, <see cref="ImageLoaderOptions.ViewCount"/> pictures for each sample.</param>
/// <param name="Samples">What is known of them; boxes have moved with their pictures and are in pixels of the values.</param>
public sealed record LoadedImages(long Index, PixelBatch Pixels, IReadOnlyList<ImageSample> Samples)
{
    /// <summary>Seed of the loader.</summary>
    public ulong Seed { get; init; }

    /// <summary>Randomness of this batch alone, for what is still to be chosen, as one of several captions; the same after a resume.</summary>
    public Random Randomness() => StableSeed.RandomOf((long)Seed, Index);
}

/// <summary>How a loader kept up with its consumer.</summary>
/// <param name="BatchCount">Batches given.</param>
/// <param name="ImageCount">Pictures in them.</param>
/// <param name="Waited">How long the consumer waited for them.</param>
/// <param name="Elapsed">Time from its first request to the end of its last one.</param>
/// <param name="UnguardedCount">Batches during which garbage may have been collected while the consumer computed, because more was allocated than foreseen.</param>
public sealed record ImageLoaderReport(long BatchCount, long ImageCount, TimeSpan Waited, TimeSpan Elapsed, long UnguardedCount)
{
    /// <summary>Share of the time that the consumer waited, 0 to 1: near 0 the loader keeps up, near 1 all waits for pictures.</summary>
    public double WaitShare => Elapsed > TimeSpan.Zero ? Waited / Elapsed : 0;

    /// <summary>One line for a log.</summary>
    public override string ToString() => FormattableString.Invariant($"{ImageCount:N0} pictures in {BatchCount:N0} batches; {WaitShare:P1} of {Elapsed.TotalSeconds:F1} s spent waiting for them");
}
