using System.Text.RegularExpressions;

namespace Plinth.Tasks.Metrics;

/// <summary>
/// Agreement in word sequences (Papineni et al. 2002, "BLEU"), as sacreBLEU defines it (Post 2018, arXiv:1804.08771): 13a tokens, up to four
/// words, counts of the whole corpus, exponential smoothing.
/// </summary>
public static partial class Bleu
{
    private const int Order = 4;

    /// <summary>Scores a corpus.</summary>
    /// <param name="written">The texts to judge.</param>
    /// <param name="references">The right ones, in the same order.</param>
    /// <returns>0 to 100; NaN for no texts.</returns>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static double Of(IReadOnlyList<string> written, IReadOnlyList<string> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        return Of(written, [.. references.Select(reference => (string[])[reference])]);
    }

    /// <summary>Scores a corpus whose texts may be right in several ways.</summary>
    /// <param name="written">The texts to judge.</param>
    /// <param name="references">The right ones of each, at least one.</param>
    /// <returns>0 to 100; NaN for no texts.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a text has no reference.</exception>
    public static double Of(IReadOnlyList<string> written, IReadOnlyList<IReadOnlyList<string>> references)
    {
        MetricInputs.RequireReferences(written, references);
        var (right, total) = (new long[Order], new long[Order]);
        long length = 0, wanted = 0;
        for (var i = 0; i < written.Count; i++)
        {
            var (mine, all) = (Tokens(written[i]), references[i].Select(Tokens).ToList());
            length += mine.Length;
            // The length that is nearest counts, of two equally near ones the shorter.
            wanted += all.Select(reference => reference.Length).OrderBy(size => Math.Abs(size - mine.Length)).ThenBy(size => size).First();
            for (var n = 1; n <= Order; n++)
            {
                total[n - 1] += Math.Max(0, mine.Length - n + 1);
                right[n - 1] += NGrams.Common(NGrams.Count(mine, n), NGrams.Most(all.Select(reference => NGrams.Count(reference, n))));
            }
        }

        return written.Count == 0 ? double.NaN : Score(right, total, length, wanted);
    }

    /// <summary>Words and marks of a text, by the rules that mteval-v13a has.</summary>
    public static string[] Tokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var line = " " + text.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ')
            .Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal) + " ";
        line = Marks().Replace(line, " $1 ");
        line = StopAfterWord().Replace(line, "$1 $2 ");
        line = StopBeforeWord().Replace(line, " $1 $2");
        line = DashAfterNumber().Replace(line, "$1 $2 ");
        return line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    private static double Score(long[] right, long[] total, long length, long wanted)
    {
        if (right.All(count => count == 0) || total.Any(count => count == 0))
        {
            return 0;
        }

        var (logarithms, halved) = (0.0, 1.0);
        for (var n = 0; n < Order; n++)
        {
            // Each order without a match counts half as much as the one before it.
            halved *= right[n] == 0 ? 2 : 1;
            logarithms += Math.Log(right[n] == 0 ? 100 / (halved * total[n]) : 100.0 * right[n] / total[n]);
        }

        var brevity = length >= wanted ? 1 : Math.Exp(1 - ((double)wanted / length));
        return brevity * Math.Exp(logarithms / Order);
    }

    [GeneratedRegex(@"([\{-\~\[-\` -\&\(-\+\:-\@\/])", RegexOptions.CultureInvariant)]
    private static partial Regex Marks();

    [GeneratedRegex(@"([^0-9])([\.,])", RegexOptions.CultureInvariant)]
    private static partial Regex StopAfterWord();

    [GeneratedRegex(@"([\.,])([^0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex StopBeforeWord();

    [GeneratedRegex(@"([0-9])(-)", RegexOptions.CultureInvariant)]
    private static partial Regex DashAfterNumber();
}
