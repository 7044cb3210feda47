using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Data.Text.Batching;

/// <summary>Rows of one more token than a window has: all but the last are read, all but the first are asked for.</summary>
internal sealed class WindowRows(int rowCount, int sequenceLength)
{
    private readonly long[] ids = new long[rowCount * sequenceLength], labels = new long[rowCount * sequenceLength];
    private readonly long[] row = new long[sequenceLength + 1];
    private int filled, next, tokenCount;

    /// <summary>Where the next row's tokens go.</summary>
    /// <param name="count">Tokens it has, at most one more than the window.</param>
    public Span<long> Next(int count)
    {
        Flush();
        filled = count;
        return row.AsSpan(0, count);
    }

    public TextBatch Build()
    {
        Flush();
        return new()
        {
            InputIds = tensor(ids, [rowCount, sequenceLength]),
            Labels = tensor(labels, [rowCount, sequenceLength]),
            TokenCount = tokenCount,
        };
    }

    // What fills a short row is never read by a target: it stands to the right, and a decoder looks only to the left.
    private void Flush()
    {
        if (filled < 2)
        {
            return;
        }

        var count = filled - 1;
        var begin = next++ * sequenceLength;
        row.AsSpan(0, count).CopyTo(ids.AsSpan(begin));
        row.AsSpan(1, count).CopyTo(labels.AsSpan(begin));
        labels.AsSpan(begin + count, sequenceLength - count).Fill(Batch.IgnoredLabel);
        tokenCount += count;
        filled = 0;
    }
}
