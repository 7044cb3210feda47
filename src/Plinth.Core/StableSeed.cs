namespace Plinth.Core;

/// <summary>Seeds that are the same in every process.</summary>
public static class StableSeed
{
    /// <summary>A seed for one item of a run, unrelated to those of its neighbours (SplitMix64: Steele et al. 2014, "Fast Splittable Pseudorandom Number Generators").</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="index">Number of the item.</param>
    public static long Of(long seed, long index)
    {
        unchecked
        {
            return (long)Mix(Mix((ulong)seed + 0x9E3779B97F4A7C15) + (ulong)index);
        }
    }

    /// <summary>The randomness of one item of a run.</summary>
    public static Random RandomOf(long seed, long index) => new((int)(Of(seed, index) & int.MaxValue));

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
