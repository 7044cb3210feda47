using System.Runtime.InteropServices;

namespace Plinth.Recipes.Baselines;

/// <summary>
/// The classical language model: n-grams with interpolated modified Kneser-Ney smoothing (Chen and Goodman 1999, TR-10-98).
/// For each context the probabilities of the whole vocabulary sum to one.
/// </summary>
public sealed class NGramLanguageModel
{
    /// <summary>Longest n-gram that fits one key of 128 bits.</summary>
    public const int MaximumOrder = 4;

    private readonly int vocabularySize;
    private readonly Level[] levels;

    private NGramLanguageModel(int vocabularySize, Level[] levels)
    {
        this.vocabularySize = vocabularySize;
        this.levels = levels;
    }

    /// <summary>Length of the longest n-gram.</summary>
    public int Order => levels.Length;

    /// <summary>Counts n-grams.</summary>
    /// <param name="sequences">Token ids, 0 to <paramref name="vocabularySize"/> - 1; each sequence begins anew.</param>
    /// <param name="vocabularySize">Number of tokens that can follow a context.</param>
    /// <param name="order">1 to <see cref="MaximumOrder"/>: a token and this many less one before it.</param>
    public static NGramLanguageModel Train(IEnumerable<IReadOnlyList<int>> sequences, int vocabularySize, int order = 3)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        ArgumentOutOfRangeException.ThrowIfLessThan(order, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(order, MaximumOrder);
        var counts = new Dictionary<UInt128, int>(GramComparer.Instance);
        foreach (var sequence in sequences)
        {
            var gram = UInt128.Zero;
            foreach (var id in sequence)
            {
                gram = Suffix(gram, order - 1) << 32 | Word(id, vocabularySize);
                CollectionsMarshal.GetValueRefOrAddDefault(counts, gram, out _)++;
            }
        }
        var levels = new Level[order];
        for (var length = order; length >= 1; length--)
        {
            levels[length - 1] = new(counts);
            // Below the longest, an n-gram counts in how many contexts it occurs, not how often.
            var shorter = new Dictionary<UInt128, int>(GramComparer.Instance);
            foreach (var gram in counts.Keys)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(shorter, Suffix(gram, length - 1), out _)++;
            }
            counts = shorter;
        }
        return new(vocabularySize, levels);
    }

    /// <summary>The logarithm of a sequence's probability, summed over its tokens, in nats.</summary>
    public double LogProbability(IReadOnlyList<int> ids)
    {
        var sum = 0.0;
        var context = UInt128.Zero;
        foreach (var id in ids)
        {
            var gram = Suffix(context, Order - 1) << 32 | Word(id, vocabularySize);
            sum += Math.Log(Probability(gram));
            context = gram;
        }
        return sum;
    }

    /// <summary>The probability of a token after others.</summary>
    /// <param name="context">Tokens from the beginning of the sequence.</param>
    /// <param name="id">The token that follows.</param>
    public double Probability(IReadOnlyList<int> context, int id)
    {
        var gram = UInt128.Zero;
        foreach (var before in context.Skip(context.Count - (Order - 1)))
        {
            gram = gram << 32 | Word(before, vocabularySize);
        }
        return Probability(gram << 32 | Word(id, vocabularySize));
    }

    /// <summary>The exponential of the mean loss per token.</summary>
    public double Perplexity(IEnumerable<IReadOnlyList<int>> sequences)
    {
        var (sum, count) = (0.0, 0L);
        foreach (var sequence in sequences)
        {
            sum -= LogProbability(sequence);
            count += sequence.Count;
        }
        return Math.Exp(sum / count);
    }

    private double Probability(UInt128 gram)
    {
        var probability = 1.0 / vocabularySize;
        for (var length = 1; length <= Order; length++)
        {
            probability = levels[length - 1].Interpolate(Suffix(gram, length), probability);
        }
        return probability;
    }

    /// <summary>Zero stands for the beginning of a sequence.</summary>
    private static UInt128 Word(int id, int vocabularySize) => id >= 0 && id < vocabularySize
        ? (uint)id + 1
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"Token ids are 0 to {vocabularySize - 1}.");

    private static UInt128 Suffix(UInt128 gram, int length) => length >= MaximumOrder ? gram : gram & ((UInt128.One << (32 * length)) - 1);

    /// <summary>All n-grams of one length.</summary>
    private sealed class Level
    {
        private readonly Dictionary<UInt128, int> counts;
        private readonly Dictionary<UInt128, Context> contexts = new(GramComparer.Instance);
        private readonly double[] discounts;

        public Level(Dictionary<UInt128, int> counts)
        {
            this.counts = counts;
            var withCount = new long[5];
            foreach (var (gram, count) in counts)
            {
                ref var context = ref CollectionsMarshal.GetValueRefOrAddDefault(contexts, gram >> 32, out _);
                context.Total += count;
                context.Once += count == 1 ? 1 : 0;
                context.Twice += count == 2 ? 1 : 0;
                context.Oftener += count > 2 ? 1 : 0;
                withCount[Math.Min(count, 5) - 1]++;
            }
            discounts = Discounts(withCount);
        }

        /// <summary>This level's share of the probability, over that of the shorter context.</summary>
        public double Interpolate(UInt128 gram, double shorter)
        {
            if (!contexts.TryGetValue(gram >> 32, out var context))
            {
                return shorter;
            }
            var count = counts.GetValueOrDefault(gram);
            var own = count == 0 ? 0 : count - discounts[Math.Min(count, 3) - 1];
            var freed = (discounts[0] * context.Once) + (discounts[1] * context.Twice) + (discounts[2] * context.Oftener);
            return (own + (freed * shorter)) / context.Total;
        }

        /// <summary>Equation 26 of Chen and Goodman; a small corpus that lacks some counts gets the usual values.</summary>
        private static double[] Discounts(long[] withCount)
        {
            double[] usual = [0.5, 1, 1.5];
            if (withCount.AsSpan(0, 4).Contains(0L))
            {
                return usual;
            }
            var y = withCount[0] / (withCount[0] + (2.0 * withCount[1]));
            return [.. usual.Select((fallback, i) =>
            {
                var discount = i + 1 - ((i + 2) * y * withCount[i + 1] / withCount[i]);
                return discount > 0 && discount < i + 1 ? discount : fallback;
            })];
        }
    }

    private record struct Context(long Total, int Once, int Twice, int Oftener);

    /// <summary>Mixes all bits: the usual hash of such keys folds neighbouring ids together, and most keys would collide.</summary>
    private sealed class GramComparer : IEqualityComparer<UInt128>
    {
        public static readonly GramComparer Instance = new();

        public bool Equals(UInt128 x, UInt128 y) => x == y;

        public int GetHashCode(UInt128 gram)
        {
            var high = Math.BigMul((ulong)(gram >> 64) ^ 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, out var low);
            high = Math.BigMul(high ^ low ^ (ulong)gram, 0xD6E8FEB86659FD93, out low);
            return (int)((high ^ low) >> 32);
        }
    }
}
