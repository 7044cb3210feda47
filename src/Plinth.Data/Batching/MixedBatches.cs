using Plinth.Core;
using Plinth.Data.Text.Batching;

namespace Plinth.Data.Batching;

/// <summary>One source of a mixture.</summary>
/// <param name="Name">Its name, which travels with each sample.</param>
/// <param name="Samples">Its samples, each as a batch of one.</param>
/// <param name="Share">How many of the samples of the mixture come from it, in proportion to the other shares.</param>
public sealed record MixtureSource(string Name, IBatchSource Samples, double Share);

/// <summary>
/// Batches whose samples come from several sources in given proportions. Each source keeps its own order and its own epochs: a small one with a
/// large share is read several times while a large one is read once.
/// </summary>
public sealed class MixedBatches : IBatchSource
{
    private readonly IReadOnlyList<MixtureSource> sources;
    private readonly SourceSequence sequence;
    private readonly int batchSize, padId;

    /// <param name="sources">Two or more usually; one gives its samples alone.</param>
    /// <param name="batchSize">Samples in a batch.</param>
    /// <param name="padId">Id that fills samples shorter than the longest of their batch.</param>
    /// <param name="seed">Chooses which source begins.</param>
    /// <exception cref="ArgumentException">A share is not above 0.</exception>
    public MixedBatches(IReadOnlyList<MixtureSource> sources, int batchSize, int padId, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentOutOfRangeException.ThrowIfZero(sources.Count, nameof(sources));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        if (sources.FirstOrDefault(source => source.Share is not (> 0 and < double.PositiveInfinity)) is { } bad)
        {
            throw new ArgumentException($"The share of {bad.Name} is {bad.Share}; it must be above 0.", nameof(sources));
        }

        (this.sources, this.batchSize, this.padId) = (sources, batchSize, padId);
        var sum = sources.Sum(source => source.Share);
        Shares = [.. sources.Select(source => source.Share / sum)];
        sequence = new(Shares, seed);
        BatchesPerEpoch = (sources.Sum(source => source.Samples.BatchesPerEpoch) + batchSize - 1) / batchSize;
    }

    /// <summary>The share of each source; they sum to 1.</summary>
    public IReadOnlyList<double> Shares { get; }

    /// <inheritdoc />
    /// <remarks>As many as all sources have samples together; with other shares than their sizes some are then read more than once and others less.</remarks>
    public long BatchesPerEpoch { get; }

    /// <summary>How many samples of each source the first batches hold.</summary>
    /// <param name="batchCount">How many batches.</param>
    public IReadOnlyList<long> CountsOf(long batchCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batchCount);
        return [.. sources.Select((_, source) => sequence.CountBefore(source, batchCount * batchSize))];
    }

    /// <inheritdoc />
    public Batch At(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        var next = CountsOf(index).ToArray();
        int[] chosen = [.. Enumerable.Range(0, batchSize).Select(i => sequence.At(index * batchSize + i))];
        return JoinedBatch.Of(chosen.Select(source => (TextBatch)sources[source].Samples.At(next[source]++)), padId) with
        {
            SourceNames = [.. chosen.Select(source => sources[source].Name)],
        };
    }
}
