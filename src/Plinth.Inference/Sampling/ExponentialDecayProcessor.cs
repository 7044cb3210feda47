using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Makes the end of a sequence ever more likely.</summary>
/// <param name="decay">When it begins and how fast it grows.</param>
/// <param name="endIds">Ids that end a sequence.</param>
public sealed class ExponentialDecayProcessor(ExponentialDecay decay, IReadOnlyList<int> endIds) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(history);
        var reward = Enumerable.Range(0, history.Rows.Count)
            .Select(row => Math.Max(0, history.NewCount(row) - decay.Start))
            .Select(count => (float)(Math.Pow(decay.Factor, count) - 1)).ToArray();
        if (reward.All(one => one == 0))
        {
            return scores;
        }

        var factors = tensor(reward, device: scores.device).unsqueeze(1);                       // [batch, 1]
        var places = tensor(endIds.Distinct().Select(id => (long)id).ToArray(), device: scores.device);
        var ends = scores.index_select(1, places);
        return scores.index_copy(1, places, ends + (ends.abs() * factors));
    }
}
