using Plinth.Core;

namespace Plinth.Data.Batching;

/// <summary>Labelled samples as batches of their task, similar lengths together.</summary>
public sealed class SampleBatches : IBatchSource
{
    private readonly IReadOnlyList<Sample> samples;
    private readonly Func<IReadOnlyList<Sample>, Batch> collate;
    private readonly EpochOrder order;

    /// <param name="samples">At least one.</param>
    /// <param name="collate">Makes a batch of samples, usually <see cref="ModelTask.Collate"/>.</param>
    /// <param name="batchSize">Samples in a batch.</param>
    /// <param name="seed">Chooses the orders.</param>
    /// <param name="isShuffled">False keeps the samples in their order.</param>
    /// <param name="isSortedByLength">Whether samples of similar length come together; else lengths are mixed.</param>
    /// <exception cref="PlinthException">There are no samples.</exception>
    public SampleBatches(
        IReadOnlyList<Sample> samples, Func<IReadOnlyList<Sample>, Batch> collate, int batchSize, ulong seed,
        bool isShuffled = true, bool isSortedByLength = true)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Count == 0)
        {
            throw new PlinthException("There are no samples to learn from. Look at the data set's path and its filters.");
        }

        (this.samples, this.collate) = (samples, collate);
        order = new(samples.Count, batchSize, seed, isShuffled, isSortedByLength ? i => LengthOf(samples[i]) : null);
    }

    /// <inheritdoc />
    public long BatchesPerEpoch => order.BatchesPerEpoch;

    /// <inheritdoc />
    public Batch At(long index) => collate([.. order.Items(index).Select(i => samples[i])]);

    /// <summary>A measure of a sample's length that costs no encoding: characters for texts, 0 for what has no length.</summary>
    public static int LengthOf(Sample sample) => sample is TextSample text
        ? text.Text.Length + (text.Pair?.Length ?? 0) + (text.Choices?.Max(choice => choice.Length) ?? 0)
        : 0;
}
