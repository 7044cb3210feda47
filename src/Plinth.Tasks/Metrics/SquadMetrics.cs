using System.Text;
using System.Text.RegularExpressions;

namespace Plinth.Tasks.Metrics;

/// <summary>Mean scores over questions, each 0 to 1 (the published tables show them times 100).</summary>
/// <param name="ExactMatch">Share answered exactly, after normalising.</param>
/// <param name="F1">Mean overlap of words.</param>
/// <param name="QuestionCount">Questions scored; when 0 both means are NaN.</param>
public sealed record SquadScores(double ExactMatch, double F1, int QuestionCount);

/// <summary>
/// Exact match and word F1 of extracted answers (Rajpurkar et al. 2016, arXiv:1606.05250), with unanswerable questions
/// (Rajpurkar et al. 2018, arXiv:1806.03822). Both sides are lower-cased and lose ASCII punctuation, the English articles and extra spaces;
/// the best of several expected answers counts. No expected answers, or only ones that normalise to nothing, mean that silence is right.
/// </summary>
public static partial class SquadMetrics
{
    /// <summary>Scores one answer per question.</summary>
    /// <param name="predicted">The answers given; null or empty for "there is none".</param>
    /// <param name="expected">Acceptable answers per question; empty for none.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static SquadScores Of(IReadOnlyList<string?> predicted, IReadOnlyList<IReadOnlyList<string>> expected)
    {
        MetricInputs.RequireSameCount(predicted, expected);
        var (exact, f1) = (0.0, 0.0);
        for (var i = 0; i < expected.Count; i++)
        {
            exact += ExactMatch(predicted[i], expected[i]);
            f1 += F1(predicted[i], expected[i]);
        }

        var count = expected.Count;
        return count == 0 ? new(double.NaN, double.NaN, 0) : new(exact / count, f1 / count, count);
    }

    /// <summary>1 when the answer equals an expected one after normalising, else 0.</summary>
    public static double ExactMatch(string? predicted, IReadOnlyList<string> expected)
    {
        var answer = Normalize(predicted);
        return Truths(expected).Contains(answer) ? 1 : 0;
    }

    /// <summary>Best F1 of shared words, counted with repetition: <c>2 common / (words predicted + words expected)</c>. 1 or 0 when either side is silent.</summary>
    public static double F1(string? predicted, IReadOnlyList<string> expected)
    {
        var answer = Words(Normalize(predicted));
        return Truths(expected).Max(truth => Overlap(answer, Words(truth)));
    }

    /// <summary>The text as it is compared: lower case, without ASCII punctuation, the words a, an, the, and extra spaces.</summary>
    public static string Normalize(string? text)
    {
        var plain = new StringBuilder();
        foreach (var symbol in (text ?? "").ToLowerInvariant())
        {
            if (!char.IsAscii(symbol) || !(char.IsPunctuation(symbol) || char.IsSymbol(symbol)))
            {
                plain.Append(symbol);
            }
        }

        return string.Join(' ', Words(Articles().Replace(plain.ToString(), " ")));
    }

    [GeneratedRegex(@"\b(?:a|an|the)\b", RegexOptions.CultureInvariant)]
    private static partial Regex Articles();

    private static List<string> Truths(IReadOnlyList<string> expected)
    {
        ArgumentNullException.ThrowIfNull(expected);
        var truths = expected.Select(Normalize).Where(text => text.Length > 0).ToList();
        return truths.Count == 0 ? [""] : truths;
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static double Overlap(string[] answer, string[] truth)
    {
        if (answer.Length == 0 || truth.Length == 0)
        {
            return answer.Length == truth.Length ? 1 : 0;
        }

        var left = truth.CountBy(word => word).ToDictionary();
        var common = answer.CountBy(word => word).Sum(pair => Math.Min(pair.Value, left.GetValueOrDefault(pair.Key)));
        return MetricInputs.F1(common, answer.Length, truth.Length);
    }
}
