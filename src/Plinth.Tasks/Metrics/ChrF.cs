using System.Text;

namespace Plinth.Tasks.Metrics;

/// <summary>
/// Agreement in character sequences (Popović 2015, "chrF"), as sacreBLEU defines chrF2: up to six characters without spaces, recall twice as
/// heavy as precision, counts of the whole corpus; one reference.
/// </summary>
public static class ChrF
{
    private const int Order = 6;
    private const double Weight = 2 * 2;

    /// <summary>Scores a corpus.</summary>
    /// <param name="written">The texts to judge.</param>
    /// <param name="references">The right ones, in the same order.</param>
    /// <returns>0 to 100; NaN for no texts.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Of(IReadOnlyList<string> written, IReadOnlyList<string> references)
    {
        MetricInputs.RequireSameCount(written, references);
        double precision = 0, recall = 0;
        var orders = 0;
        var (mine, wanted) = (written.Select(Characters).ToList(), references.Select(Characters).ToList());
        for (var n = 1; n <= Order; n++)
        {
            long here = 0, there = 0, common = 0;
            for (var i = 0; i < mine.Count; i++)
            {
                var (first, second) = (NGrams.Count(mine[i], n), NGrams.Count(wanted[i], n));
                // What is written counts only where the reference is long enough to have such pieces.
                here += second.Count > 0 ? Math.Max(0, mine[i].Length - n + 1) : 0;
                there += Math.Max(0, wanted[i].Length - n + 1);
                common += NGrams.Common(first, second);
            }

            if (here > 0 && there > 0)
            {
                precision += (double)common / here;
                recall += (double)common / there;
                orders++;
            }
        }

        (precision, recall) = orders == 0 ? (0, 0) : (precision / orders, recall / orders);
        return written.Count == 0 ? double.NaN
            : precision + recall == 0 ? 0
            : 100 * (1 + Weight) * precision * recall / ((Weight * precision) + recall);
    }

    private static string[] Characters(string text) => [.. text.EnumerateRunes().Where(rune => !Rune.IsWhiteSpace(rune)).Select(rune => rune.ToString())];
}
