namespace Plinth.Data.Batching;

/// <summary>
/// Random numbers that are the same on every machine and in every version (Steele et al. 2014, "Fast splittable
/// pseudorandom number generators"). Batches are made with these, so that a resumed run repeats them.
/// </summary>
internal struct SplitMix(ulong state)
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private ulong state = state;

    public static ulong Mix(ulong first, ulong second) => Finish(Finish(first + Step) ^ (second + Step));

    public ulong Next() => Finish(state += Step);

    /// <summary>A number from 0 to below <paramref name="count"/>.</summary>
    public long Below(long count) => (long)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>A number from 0 to below 1.</summary>
    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    private static ulong Finish(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
