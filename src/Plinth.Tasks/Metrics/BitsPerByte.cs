namespace Plinth.Tasks.Metrics;

/// <summary>Bits that the model needs per byte of the raw text: <c>nats / (bytes ln 2)</c> (Gao et al. 2020, arXiv:2101.00027). Comparable between tokenizers.</summary>
public static class BitsPerByte
{
    /// <summary>From a summed loss.</summary>
    /// <param name="nats">Sum of the negative log-likelihoods of all targets, in nats.</param>
    /// <param name="bytes">Length of the text that the targets stand for, in UTF-8 bytes.</param>
    /// <returns>0 or more; NaN for no bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is negative.</exception>
    public static double Of(double nats, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return bytes == 0 ? double.NaN : nats / (bytes * Math.Log(2));
    }
}
