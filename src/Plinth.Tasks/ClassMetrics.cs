using Plinth.Core;
using Plinth.Tasks.Metrics;

namespace Plinth.Tasks;

/// <summary>Scores of a classifier's answers.</summary>
/// <param name="kind">What was asked for.</param>
/// <param name="labels">Names of the classes.</param>
/// <param name="calibration">What was chosen for the classifier, or null.</param>
internal sealed class ClassMetrics(ClassificationKind kind, IReadOnlyList<string> labels, Calibration? calibration)
{
    /// <summary>The classes of each sample, however many its task asks for.</summary>
    public static IReadOnlyList<IReadOnlyCollection<int>> Expected(ClassificationKind kind, IReadOnlyList<Sample> samples) => kind == ClassificationKind.SingleLabel
        ? [.. samples.Select((s, i) => (int[])[s.Label ?? throw SampleLabels.Lacks(i, "label")])]
        : [.. samples.Select((s, i) => (int[])[.. s.LabelSet ?? throw SampleLabels.Lacks(i, "set of labels")])];

    /// <summary>Compares answers with labels.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Of(IReadOnlyList<Sample> samples, IReadOnlyList<ClassScores> answers)
    {
        if (kind == ClassificationKind.Regression)
        {
            double[] values = [.. answers.Select(answer => answer.Scores[0])];
            double[] wanted = [.. samples.Select((s, i) => s.Value ?? throw SampleLabels.Lacks(i, "value"))];
            return [new("pearson", Pearson.Of(values, wanted)), new("spearman", Spearman.Of(values, wanted))];
        }

        var expected = Expected(kind, samples);
        return [.. kind == ClassificationKind.SingleLabel ? OfClasses(answers, expected) : OfSets(answers, expected), .. Ranking(answers, expected), .. Calibrated(answers, expected)];
    }

    private static KeyValuePair<string, double>[] OfClasses(IReadOnlyList<ClassScores> answers, IReadOnlyList<IReadOnlyCollection<int>> expected)
    {
        int[] best = [.. answers.Select(answer => answer.Best)], right = [.. expected.Select(set => set.Single())];
        return [new("accuracy", Accuracy.Of(best, right)), new("macro_f1", F1.Macro(best, right)), new("matthews_correlation", MatthewsCorrelation.Of(best, right))];
    }

    private KeyValuePair<string, double>[] OfSets(IReadOnlyList<ClassScores> answers, IReadOnlyList<IReadOnlyCollection<int>> expected)
    {
        IReadOnlyCollection<int>[] chosen = [.. answers.Select(answer => (int[])[.. labels.Index().Where(label => new LabelScore(label.Item, answer.Scores[label.Index]) { Threshold = calibration?.ThresholdOf(label.Item) }.Applies).Select(label => label.Index)])];
        return [new("micro_f1", F1.MicroOfSets(chosen, expected)), new("macro_f1", F1.MacroOfSets(chosen, expected, labels.Count)), new("accuracy", Accuracy.OfSets(chosen, expected))];
    }

    // By the scores as the model gives them: a temperature can make so much of them 1 that ranks are lost.
    private KeyValuePair<string, double>[] Ranking(IReadOnlyList<ClassScores> answers, IReadOnlyList<IReadOnlyCollection<int>> expected)
    {
        var scores = Plain(answers);
        var isBinary = kind == ClassificationKind.SingleLabel && labels.Count == 2;
        var ranking = scores.Any(own => own.Any(double.IsNaN)) ? new(double.NaN, double.NaN) : ClassRanking.Of(scores, expected, Enumerable.Range(0, labels.Count).Skip(isBinary ? 1 : 0));
        return [new("roc_auc", ranking.RocAuc), new("average_precision", ranking.AveragePrecision)];
    }

    private IEnumerable<KeyValuePair<string, double>> Calibrated(IReadOnlyList<ClassScores> answers, IReadOnlyList<IReadOnlyCollection<int>> expected)
    {
        if (calibration is null)
        {
            yield break;
        }

        yield return new("calibration_error_before", ClassProbabilities.Error(kind, Plain(answers), expected));
        yield return new("calibration_error", ClassProbabilities.Error(kind, [.. answers.Select(answer => answer.Scores)], expected));
        foreach (var (number, label) in labels.Index().Where(label => calibration.Thresholds.ContainsKey(label.Item)))
        {
            var flagged = answers.Zip(expected).Where(pair => pair.First.Scores[number] >= calibration.Thresholds[label]).ToList();
            var hits = flagged.Count(pair => pair.Second.Contains(number));
            var positives = expected.Count(set => set.Contains(number));
            var point = new OperatingPoint(calibration.Thresholds[label], hits, flagged.Count - hits, positives, expected.Count - positives);
            yield return new($"precision_{label}", point.Precision);
            yield return new($"recall_{label}", point.Recall);
        }
    }

    private IReadOnlyList<double>[] Plain(IReadOnlyList<ClassScores> answers) => [.. answers.Select(answer => answer.Logits is { } logits ? ClassProbabilities.Of(kind, logits, 1) : answer.Scores)];
}
