using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Takes from the logits of tokens that were generated before: once, and for each time. The prompt does not count.</summary>
/// <param name="frequency">Taken for each time.</param>
/// <param name="presence">Taken once.</param>
public sealed class CountPenaltyProcessor(double frequency, double presence) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(scores);
        var vocabulary = (int)scores.size(1);
        var taken = new float[history.Rows.Count * vocabulary];
        for (var row = 0; row < history.Rows.Count; row++)
        {
            foreach (var group in history.Rows[row].Skip(history.PromptLengths[row]).CountBy(id => id))
            {
                taken[(row * vocabulary) + group.Key] = (float)((frequency * group.Value) + presence);
            }
        }

        return scores - tensor(taken, device: scores.device).view(scores.shape);
    }
}
