using Plinth.Data.Batching;
using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Data.Text.Batching;

/// <summary>
/// The whole stream cut into full windows, for predicting the next token: each token is read once per epoch and, but
/// for the first, asked for once. No window has padding, only the last one of the stream may be short.
/// </summary>
public sealed class PackedTokens : IBatchSource
{
    private readonly JoinedDocuments stream;
    private readonly int sequenceLength;
    private readonly EpochOrder order;

    /// <param name="stream">The corpus.</param>
    /// <param name="batchSize">Windows in a batch.</param>
    /// <param name="sequenceLength">Tokens in a window.</param>
    /// <param name="seed">Chooses the orders.</param>
    /// <param name="isShuffled">False reads the stream from start to end.</param>
    /// <exception cref="PlinthException">The stream has fewer than two tokens.</exception>
    public PackedTokens(JoinedDocuments stream, int batchSize, int sequenceLength, ulong seed, bool isShuffled = true)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sequenceLength);
        if (stream.Length < 2)
        {
            throw new PlinthException("The corpus has fewer than two tokens; there is no next token to predict. Give it more text.");
        }

        this.stream = stream;
        this.sequenceLength = sequenceLength;
        var windows = checked((int)((stream.Length - 1 + sequenceLength - 1) / sequenceLength));
        order = new(windows, batchSize, seed, isShuffled);
    }

    /// <inheritdoc />
    public long BatchesPerEpoch => order.BatchesPerEpoch;

    /// <inheritdoc />
    /// <remarks>The labels are the next tokens; <c>[batch, seq]</c>.</remarks>
    public Batch At(long index)
    {
        var windows = order.Items(index);
        var rows = new WindowRows(windows.Length, sequenceLength);
        foreach (var window in windows)
        {
            var start = (long)window * sequenceLength;
            var count = (int)Math.Min(sequenceLength + 1, stream.Length - start);
            stream.Read(start, rows.Next(count));
        }

        return rows.Build();
    }
}
