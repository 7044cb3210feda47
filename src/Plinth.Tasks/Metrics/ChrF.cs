using System.Text;

namespace Plinth.Tasks.Metrics;

/// <summary>
/// Agreement in character sequences (Popović 2015, "chrF"), as sacreBLEU defines it: up to six characters without spaces, counts of the
/// whole corpus. Recall is twice as heavy as precision (chrF2) unless asked otherwise.
/// </summary>
public static class ChrF
{
    private const int Order = 6;

    /// <summary>Scores a corpus.</summary>
    /// <param name="written">The texts to judge.</param>
    /// <param name="references">The right ones, in the same order.</param>
    /// <param name="beta">How many times as heavy recall is.</param>
    /// <returns>0 to 100; NaN for no texts.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Of(IReadOnlyList<string> written, IReadOnlyList<string> references, double beta = 2)
    {
        ArgumentNullException.ThrowIfNull(references);
        return Of(written, [.. references.Select(reference => (string[])[reference])], beta);
    }

    /// <summary>Scores a corpus whose texts may be right in several ways; of each text the reference counts that it is nearest to.</summary>
    /// <param name="written">The texts to judge.</param>
    /// <param name="references">The right ones of each, at least one.</param>
    /// <param name="beta">How many times as heavy recall is.</param>
    /// <returns>0 to 100; NaN for no texts.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a text has no reference.</exception>
    public static double Of(IReadOnlyList<string> written, IReadOnlyList<IReadOnlyList<string>> references, double beta = 2)
    {
        MetricInputs.RequireReferences(written, references);
        ArgumentOutOfRangeException.ThrowIfNegative(beta);
        var sum = new Counts[Order];
        for (var i = 0; i < written.Count; i++)
        {
            var mine = Characters(written[i]);
            var nearest = references[i].Select(reference => Compare(mine, Characters(reference))).MaxBy(counts => Score(counts, beta))!;
            for (var n = 0; n < Order; n++)
            {
                sum[n] += nearest[n];
            }
        }

        return written.Count == 0 ? double.NaN : Score(sum, beta);
    }

    private static Counts[] Compare(string[] mine, string[] wanted)
    {
        var counts = new Counts[Order];
        for (var n = 1; n <= Order; n++)
        {
            var (first, second) = (NGrams.Count(mine, n), NGrams.Count(wanted, n));
            // What is written counts only where the reference is long enough to have such pieces.
            counts[n - 1] = new(second.Count > 0 ? Math.Max(0, mine.Length - n + 1) : 0, Math.Max(0, wanted.Length - n + 1), NGrams.Common(first, second));
        }

        return counts;
    }

    private static double Score(Counts[] counts, double beta)
    {
        double precision = 0, recall = 0, weight = beta * beta;
        var orders = 0;
        foreach (var (here, there, common) in counts.Where(order => order.Here > 0 && order.There > 0))
        {
            precision += (double)common / here;
            recall += (double)common / there;
            orders++;
        }

        (precision, recall) = orders == 0 ? (0, 0) : (precision / orders, recall / orders);
        return precision + recall == 0 ? 0 : 100 * (1 + weight) * precision * recall / ((weight * precision) + recall);
    }

    private static string[] Characters(string text) => [.. text.EnumerateRunes().Where(rune => !Rune.IsWhiteSpace(rune)).Select(rune => rune.ToString())];

    /// <summary>Pieces of one length: written, wanted, and both.</summary>
    private readonly record struct Counts(long Here, long There, long Common)
    {
        public static Counts operator +(Counts a, Counts b) => new(a.Here + b.Here, a.There + b.There, a.Common + b.Common);
    }
}
