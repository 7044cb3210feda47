namespace Plinth.Data.Batching;

/// <summary>
/// Which source each sample of a mixture comes from, or which task each batch is of: a Kronecker sequence over the golden ratio (Weyl 1916), whose points fall into each source's part of
/// the unit interval as evenly as points can. Place and rank of any sample are computed, not stored, so that a run may begin anywhere.
/// </summary>
public sealed class SourceSequence
{
    // The period, and the odd number nearest to it divided by the golden ratio.
    private const ulong Period = 1UL << 32, Step = 2_654_435_769;

    private readonly ulong[] bounds;
    private readonly ulong offset;

    /// <param name="shares">Share of each source; they are above 0 and sum to 1.</param>
    /// <param name="seed">Chooses where the sequence begins.</param>
    public SourceSequence(IReadOnlyList<double> shares, ulong seed)
    {
        bounds = new ulong[shares.Count + 1];
        var sum = 0.0;
        for (var i = 0; i + 1 < shares.Count; i++)
        {
            sum += shares[i];
            bounds[i + 1] = Math.Min(Period, (ulong)Math.Round(sum * Period));
        }

        bounds[^1] = Period;
        offset = SplitMix.Mix(seed, 0) % Period;
    }

    /// <summary>The source of a sample.</summary>
    /// <param name="sample">Number of the sample, from 0.</param>
    public int At(long sample)
    {
        var point = unchecked(Step * (ulong)sample + offset) % Period;
        var found = Array.BinarySearch(bounds, point);
        return found >= 0 ? Array.FindLastIndex(bounds, bound => bound == point) : ~found - 1;
    }

    /// <summary>How many of the samples before one come from a source.</summary>
    /// <param name="source">The source.</param>
    /// <param name="sample">Number of the sample, from 0.</param>
    public long CountBefore(int source, long sample) => Below(bounds[source + 1], sample) - Below(bounds[source], sample);

    // Points below a bound: floor(y / p) - floor((y - bound) / p) is 1 where y mod p is below it.
    private long Below(ulong bound, long count) => (long)(FloorSum((ulong)count, offset) + (UInt128)count - FloorSum((ulong)count, offset + Period - bound));

    /// <summary>The sum of floor((Step · i + offset) / Period) over i below a count, by Euclid's algorithm (Graham, Knuth and Patashnik 1994, section 3.5).</summary>
    private static UInt128 FloorSum(ulong count, ulong offset)
    {
        UInt128 sum = 0, n = count, period = Period, step = Step, start = offset;
        while (n > 0)
        {
            sum += n * (n - 1) / 2 * (step / period) + n * (start / period);
            (step, start) = (step % period, start % period);
            var top = step * n + start;
            (n, start, period, step) = (top / period, top % period, step, period);
        }

        return sum;
    }
}
