using System.Numerics;

namespace Plinth.Data.Batching;

/// <summary>
/// A shuffled order that is computed, not stored: a Feistel network over the indices, walked until it lands inside
/// (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
/// </summary>
/// <param name="count">Items, at least 1.</param>
/// <param name="seed">Chooses the order.</param>
public sealed class Permutation(long count, ulong seed)
{
    private const int Rounds = 4;
    private readonly int halfBits = Math.Max(1, (65 - BitOperations.LeadingZeroCount((ulong)Math.Max(count, 1) - 1)) / 2);

    /// <summary>Items.</summary>
    public long Count { get; } = count >= 1 ? count : throw new ArgumentOutOfRangeException(nameof(count), count, "A permutation needs at least one item.");

    /// <summary>The item at a place of the shuffled order.</summary>
    /// <param name="index">Place, from 0.</param>
    public long this[long index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var value = (ulong)index;
            do
            {
                value = Shuffle(value);
            }
            while (value >= (ulong)Count);
            return (long)value;
        }
    }

    private ulong Shuffle(ulong value)
    {
        var mask = (1UL << halfBits) - 1;
        var (left, right) = (value >> halfBits, value & mask);
        for (var round = 0; round < Rounds; round++)
        {
            (left, right) = (right, left ^ (SplitMix.Mix(seed + (ulong)round, right) & mask));
        }

        return (left << halfBits) | right;
    }
}
