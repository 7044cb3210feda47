using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Forbids the last token of unwanted sequences when the others stand before it.</summary>
/// <param name="words">The sequences.</param>
public sealed class BadWordsProcessor(IReadOnlyList<IReadOnlyList<int>> words) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(history);
        List<(int, int)> banned = [];
        for (var r = 0; r < history.Rows.Count; r++)
        {
            var row = history.Rows[r];
            banned.AddRange(words.Where(word => Precedes(row, word)).Select(word => (r, word[^1])));
        }

        return Forbid(scores, banned);
    }

    private static bool Precedes(IReadOnlyList<int> row, IReadOnlyList<int> word)
    {
        var start = row.Count - (word.Count - 1);
        if (start < 0)
        {
            return false;
        }

        for (var i = 0; i < word.Count - 1; i++)
        {
            if (row[start + i] != word[i])
            {
                return false;
            }
        }

        return true;
    }
}
