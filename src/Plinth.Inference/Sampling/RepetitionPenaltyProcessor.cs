using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Moves the scores of tokens that are already there (Keskar et al. 2019, arXiv:1909.05858).</summary>
/// <param name="penalty">Above 1 discourages, below 1 encourages.</param>
public sealed class RepetitionPenaltyProcessor(double penalty) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(history);
        var width = history.Rows.Max(row => row.Count);
        if (history.Rows.Any(row => row.Count == 0))
        {
            return scores;
        }

        // Short rows repeat their first token, which changes nothing.
        var flat = history.Rows.SelectMany(row => Enumerable.Range(0, width).Select(i => (long)row[i < row.Count ? i : 0])).ToArray();
        var seen = tensor(flat, device: scores.device).view(history.Rows.Count, width);
        var found = scores.gather(1, seen);
        return scores.scatter(1, seen, where(found < 0, found * penalty, found / penalty));
    }
}
