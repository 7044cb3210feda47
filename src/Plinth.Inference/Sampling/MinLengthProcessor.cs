using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Forbids the end of a sequence that is too short.</summary>
/// <param name="length">Least tokens, prompt included.</param>
/// <param name="newCount">Least new tokens.</param>
/// <param name="endIds">Ids that end a sequence.</param>
public sealed class MinLengthProcessor(int length, int newCount, IReadOnlyList<int> endIds) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(history);
        return Forbid(scores, [.. Enumerable.Range(0, history.Rows.Count)
            .Where(row => history.Rows[row].Count < length || history.NewCount(row) < newCount)
            .SelectMany(row => endIds.Select(id => (row, id)))]);
    }
}
