namespace Plinth.Tasks.Metrics;

/// <summary>Inverse of the geometric mean probability of the targets: <c>exp(nats / targets)</c> (Jelinek et al. 1977). Comparable only over the same tokens.</summary>
public static class Perplexity
{
    /// <summary>From a summed loss.</summary>
    /// <param name="nats">Sum of the negative log-likelihoods of all targets, in nats.</param>
    /// <param name="targets">How many targets were summed.</param>
    /// <returns>1 or more; NaN for no targets, infinity where it exceeds a double.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="targets"/> is negative.</exception>
    public static double Of(double nats, long targets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(targets);
        return targets == 0 ? double.NaN : Math.Exp(nats / targets);
    }
}
