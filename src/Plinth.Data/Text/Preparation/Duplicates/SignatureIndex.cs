using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Plinth.Data.Text.Preparation;

/// <summary>A signature that was found.</summary>
/// <param name="Number">Its number, in the order of adding, from 0.</param>
/// <param name="Similarity">The share of equal numbers, 0 to 1.</param>
public readonly record struct SimilarSignature(int Number, double Similarity);

/// <summary>
/// Finds similar signatures among many without comparing with all: two are compared when they are equal in one of their bands.
/// A signature of n numbers in b bands takes about 4 n + 36 b bytes.
/// </summary>
public sealed class SignatureIndex
{
    // A text that everybody quotes would else be compared with all of its copies.
    private const int MostCompared = 1000;
    private const int None = -1;

    private readonly List<uint[]> signatures = [];
    private readonly Dictionary<ulong, int>[] latest;
    private readonly List<int>[] before;
    private readonly int rows;

    /// <param name="permutations">Numbers in a signature.</param>
    /// <param name="bands">Bands, of equal size.</param>
    public SignatureIndex(int permutations, int bands)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bands);
        ArgumentOutOfRangeException.ThrowIfNotEqual(permutations % bands, 0);
        rows = permutations / bands;
        latest = [.. Enumerable.Range(0, bands).Select(_ => new Dictionary<ulong, int>())];
        before = [.. Enumerable.Range(0, bands).Select(_ => new List<int>())];
    }

    /// <summary>Adds a signature, as the next number.</summary>
    public void Add(uint[] signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        for (var band = 0; band < latest.Length; band++)
        {
            ref var place = ref CollectionsMarshal.GetValueRefOrAddDefault(latest[band], HashOf(signature, band), out var isKnown);
            before[band].Add(isKnown ? place : None);
            place = signatures.Count;
        }

        signatures.Add(signature);
    }

    /// <summary>A signature that was added.</summary>
    public ReadOnlySpan<uint> SignatureOf(int number) => signatures[number];

    /// <summary>The most similar one of those that share a band, the earliest of equals; null when none reaches the threshold.</summary>
    public SimilarSignature? MostSimilar(uint[] signature, double threshold)
    {
        ArgumentNullException.ThrowIfNull(signature);
        SimilarSignature? best = null;
        HashSet<int> compared = [];
        for (var band = 0; band < latest.Length; band++)
        {
            var number = latest[band].GetValueOrDefault(HashOf(signature, band), None);
            for (; number != None && compared.Count < MostCompared; number = before[band][number])
            {
                if (compared.Add(number) && MinHash.Similarity(signature, signatures[number]) is var similarity && similarity >= threshold
                    && (best is not { } known || similarity > known.Similarity || (similarity == known.Similarity && number < known.Number)))
                {
                    best = new(number, similarity);
                }
            }
        }

        return best;
    }

    private ulong HashOf(uint[] signature, int band) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(signature.AsSpan(band * rows, rows)));
}
