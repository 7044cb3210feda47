using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Blocks;

/// <summary>
/// Leaves what a block adds out of some samples in training, and makes up for it in the others (Huang et al. 2016, arXiv:1603.09382). The
/// choice comes from torch's random state, which the run's seed sets.
/// </summary>
public static class StochasticDepth
{
    /// <summary>Leaves a change out of some samples.</summary>
    /// <param name="change">What a block adds; <c>[batch, ...]</c>.</param>
    /// <param name="probability">Probability that a sample goes without; below 1.</param>
    /// <param name="isTraining">Whether anything is left out at all.</param>
    public static Tensor Apply(Tensor change, double probability, bool isTraining)
    {
        ArgumentNullException.ThrowIfNull(change);
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(probability, 1);
        if (!isTraining || probability == 0)
        {
            return change;
        }

        long[] perSample = [change.size(0), .. Enumerable.Repeat(1L, (int)change.dim() - 1)];
        var kept = empty(perSample, change.dtype, change.device).bernoulli_(1 - probability);
        return change * kept / (1 - probability);
    }

    /// <summary>The probability of each block, from 0 at the first to the whole at the last.</summary>
    /// <param name="whole">Probability of the last.</param>
    /// <param name="number">Number of the block, from 0.</param>
    /// <param name="count">Blocks.</param>
    public static double Of(double whole, int number, int count) => count > 1 ? whole * number / (count - 1) : 0;
}
