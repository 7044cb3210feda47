using System.Globalization;
using Plinth.Core;
using Plinth.Tasks;

namespace Plinth.Recipes.Reports;

/// <summary>The part of a report that shows what a classifier said of pictures, mistakes first.</summary>
internal static class AnsweredPictures
{
    private const int Most = 60;

    /// <summary>Makes the part.</summary>
    /// <param name="samples">Pictures with their classes, or numbers.</param>
    /// <param name="answers">What was said of them.</param>
    /// <param name="outputs">What the answers mean.</param>
    /// <param name="labels">Names of the classes.</param>
    public static ReportSection Section(IReadOnlyList<ImageSample> samples, IReadOnlyList<Answer> answers, ClassOutputs outputs, IReadOnlyList<string> labels)
    {
        Told[] told = [.. samples.Zip(answers.Cast<ClassScores>(), (sample, answer) => Tell(sample, outputs.Named(answer), outputs.Kind, labels)).OrderByDescending(told => told.Order)];
        var sheet = new ContactSheet("");
        foreach (var (sample, lines, _, _) in told.Take(Most))
        {
            sheet.Add(sample.Image.Load(), Path.GetFileName(sample.Image.Name), lines);
        }

        var wrong = told.Count(one => one.IsWrong);
        return sheet.Section("Validation pictures", outputs.Kind == ClassificationKind.Regression
            ? $"{told.Length} pictures, of which the {Math.Min(Most, told.Length)} furthest from the truth are shown."
            : $"{wrong} of {told.Length} are wrong. Shown are at most {Most}: mistakes first, the surest before others, then what is right, the least sure first.");
    }

    private static Told Tell(ImageSample sample, Answer answer, ClassificationKind kind, IReadOnlyList<string> labels)
    {
        if (answer is NumberAnswer number)
        {
            var off = Math.Abs(number.Value - sample.Value ?? double.NaN);
            return new(sample, [Invariant($"said {number.Value:0.000}"), Invariant($"is {sample.Value:0.000}")], off, IsWrong: false);
        }

        var scores = (LabelScores)answer;
        LabelScore[] said = [.. scores.Applying];
        string[] right = kind == ClassificationKind.SingleLabel ? [labels[sample.Label!.Value]] : [.. sample.LabelSet!.Select(label => labels[label]).Distinct()];
        var isWrong = !said.Select(label => label.Label).ToHashSet(StringComparer.Ordinal).SetEquals(right);
        // Of several classes the one that misleads most speaks for all.
        var sureness = kind == ClassificationKind.SingleLabel ? scores.Labels[0].Score
            : scores.Labels.Where(label => !isWrong || label.Applies != right.Contains(label.Label, StringComparer.Ordinal)).Select(label => Math.Abs(label.Score - 0.5)).DefaultIfEmpty(0).Max();
        var list = said.Length == 0 ? "nothing" : string.Join(", ", said.Select(label => Invariant($"{label.Label} {label.Score:0.00}")));
        return new(
            sample, [$"{(isWrong ? "✗" : "✓")} {list}", .. isWrong ? [$"is {(right.Length == 0 ? "nothing" : string.Join(", ", right))}"] : (string[])[]],
            isWrong ? 1 + sureness : -sureness, isWrong);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Told(ImageSample Sample, IReadOnlyList<string> Lines, double Order, bool IsWrong);
}
