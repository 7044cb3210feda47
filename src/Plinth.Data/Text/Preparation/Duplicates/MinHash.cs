using System.Numerics;
using System.Runtime.InteropServices;
using Plinth.Data.Batching;

namespace Plinth.Data.Text.Preparation;

/// <summary>
/// Signatures of texts: of many random orders of all runs of words, the first run that the text holds (Broder 1997). The share of equal
/// numbers in two signatures estimates the Jaccard similarity of the sets of runs.
/// </summary>
public sealed class MinHash
{
    private readonly ulong[] factors, offsets;
    private readonly int runSize;

    /// <param name="permutations">Numbers in a signature.</param>
    /// <param name="runSize">Words in a run.</param>
    /// <param name="seed">Seed of the random orders.</param>
    public MinHash(int permutations, int runSize, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(permutations);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(runSize);
        this.runSize = runSize;
        var random = new SplitMix((ulong)seed);
        // An odd factor makes an order of all 64-bit numbers.
        factors = [.. Enumerable.Range(0, permutations).Select(_ => random.Next() | 1)];
        offsets = [.. Enumerable.Range(0, permutations).Select(_ => random.Next())];
    }

    /// <summary>The signature of a text.</summary>
    public uint[] Signature(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var least = new ulong[factors.Length];
        Array.Fill(least, ulong.MaxValue);
        foreach (var run in Runs(text))
        {
            Lower(least, run);
        }

        return [.. least.Select(number => (uint)(number >> 32))];
    }

    /// <summary>The share of numbers that two signatures have in common, which estimates how similar their texts are.</summary>
    public static double Similarity(ReadOnlySpan<uint> first, ReadOnlySpan<uint> second)
    {
        var equal = 0;
        for (var i = 0; i < first.Length; i++)
        {
            equal += first[i] == second[i] ? 1 : 0;
        }

        return (double)equal / Math.Max(1, first.Length);
    }

    /// <summary>The runs of a text as hashes, each once; a text of fewer words is one run.</summary>
    public IReadOnlySet<ulong> Runs(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = CollectionsMarshal.AsSpan(WordTokens.Hashes(text));
        var size = Math.Min(runSize, words.Length);
        HashSet<ulong> runs = [];
        for (var i = 0; i + size <= words.Length; i++)
        {
            runs.Add(WordTokens.HashOf(words.Slice(i, size)));
            if (size == 0)
            {
                break;
            }
        }

        return runs;
    }

    private void Lower(ulong[] least, ulong run)
    {
        var i = 0;
        var all = new Vector<ulong>(run);
        for (; i + Vector<ulong>.Count <= least.Length; i += Vector<ulong>.Count)
        {
            var number = (new Vector<ulong>(factors, i) * all) + new Vector<ulong>(offsets, i);
            Vector.Min(number, new Vector<ulong>(least, i)).CopyTo(least, i);
        }

        for (; i < least.Length; i++)
        {
            least[i] = Math.Min(least[i], unchecked((factors[i] * run) + offsets[i]));
        }
    }
}
