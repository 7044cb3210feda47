using Plinth.Data.Batching;
using Plinth.Core;

namespace Plinth.Data.Text.Batching;

/// <summary>Windows that begin anywhere in the stream, drawn anew for each batch.</summary>
public sealed class RandomWindows : IBatchSource
{
    private readonly JoinedDocuments stream;
    private readonly int batchSize, sequenceLength;
    private readonly ulong seed;

    /// <param name="stream">The corpus.</param>
    /// <param name="batchSize">Windows in a batch.</param>
    /// <param name="sequenceLength">Tokens in a window.</param>
    /// <param name="seed">Chooses the windows.</param>
    /// <param name="batchesPerEpoch">Batches called an epoch, or null for as many as read each token once on average.</param>
    /// <exception cref="PlinthException">The stream is shorter than a window.</exception>
    public RandomWindows(JoinedDocuments stream, int batchSize, int sequenceLength, ulong seed, long? batchesPerEpoch = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequenceLength);
        if (stream.Length <= sequenceLength)
        {
            throw new PlinthException($"The corpus has {stream.Length} tokens and a window needs {sequenceLength + 1}. Give it more text, or choose a shorter sequence.");
        }

        (this.stream, this.batchSize, this.sequenceLength, this.seed) = (stream, batchSize, sequenceLength, seed);
        BatchesPerEpoch = batchesPerEpoch ?? Math.Max(1, stream.Length / ((long)batchSize * sequenceLength));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchesPerEpoch, nameof(batchesPerEpoch));
    }

    /// <inheritdoc />
    public long BatchesPerEpoch { get; }

    /// <inheritdoc />
    /// <remarks>The labels are the next tokens; <c>[batch, seq]</c>.</remarks>
    public Batch At(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        var random = new SplitMix(SplitMix.Mix(seed, (ulong)index));
        var rows = new WindowRows(batchSize, sequenceLength);
        for (var i = 0; i < batchSize; i++)
        {
            stream.Read(random.Below(stream.Length - sequenceLength), rows.Next(sequenceLength + 1));
        }

        return rows.Build();
    }
}
