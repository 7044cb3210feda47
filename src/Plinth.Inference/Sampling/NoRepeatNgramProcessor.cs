using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Forbids tokens that would complete a piece that is already there (Paulus et al. 2017, arXiv:1705.04304).</summary>
/// <param name="size">Tokens of a piece.</param>
public sealed class NoRepeatNgramProcessor(int size) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(history);
        List<(int, int)> banned = [];
        for (var r = 0; r < history.Rows.Count; r++)
        {
            var row = history.Rows[r];
            var tail = row.Count - (size - 1);
            for (var start = 0; start < tail; start++)
            {
                var same = 0;
                while (same < size - 1 && row[start + same] == row[tail + same])
                {
                    same++;
                }

                if (same == size - 1 && start + size - 1 < row.Count)
                {
                    banned.Add((r, row[start + size - 1]));
                }
            }
        }

        return Forbid(scores, banned);
    }
}
