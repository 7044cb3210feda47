using Plinth.Core;
using Plinth.Tasks.Metrics;

namespace Plinth.Tasks;

/// <summary>Chooses temperature and thresholds on labelled answers.</summary>
/// <param name="kind">One class, or any number.</param>
/// <param name="labels">Names of the classes.</param>
/// <param name="options">What the thresholds are for.</param>
internal sealed class CalibrationFit(ClassificationKind kind, IReadOnlyList<string> labels, CalibrationOptions options)
{
    /// <summary>Fits them.</summary>
    /// <param name="logits">Of all classes per sample.</param>
    /// <param name="expected">Classes of each sample.</param>
    public Calibration Of(IReadOnlyList<IReadOnlyList<double>> logits, IReadOnlyList<IReadOnlyCollection<int>> expected)
    {
        var temperature = Temperature(logits, expected);
        var probabilities = Probabilities(logits, temperature);
        var decided = options.Labels.Count > 0 ? options.Labels : labels;
        return new(
            temperature,
            decided.Distinct(StringComparer.Ordinal).ToDictionary(label => label, label => Threshold(probabilities, expected, labels.Index().First(l => l.Item == label).Index), StringComparer.Ordinal),
            options.Goal, logits.Count,
            ClassProbabilities.Error(kind, Probabilities(logits, 1), expected), ClassProbabilities.Error(kind, probabilities, expected));
    }

    private IReadOnlyList<double>[] Probabilities(IReadOnlyList<IReadOnlyList<double>> logits, double temperature) =>
        [.. logits.Select(own => ClassProbabilities.Of(kind, own, temperature))];

    // Where every sample is right no temperature is the best: the smaller, the better. Then nothing is known of it.
    private double Temperature(IReadOnlyList<IReadOnlyList<double>> logits, IReadOnlyList<IReadOnlyCollection<int>> expected)
    {
        // A class that applies or not is a choice of two, of which one has the logit 0.
        var (scores, right) = kind == ClassificationKind.SingleLabel
            ? (logits, [.. expected.Select(set => set.Single())])
            : ((IReadOnlyList<IReadOnlyList<double>>)[.. logits.SelectMany(own => own.Select(logit => (double[])[0, logit]))],
                (int[])[.. expected.SelectMany(set => labels.Select((_, number) => set.Contains(number) ? 1 : 0))]);
        return scores.Zip(right).All(pair => pair.First.Index().All(other => other.Index == pair.Second || other.Item < pair.First[pair.Second])) ? 1
            : TemperatureScaling.Fit(scores, right).Temperature;
    }

    private double Threshold(IReadOnlyList<double>[] probabilities, IReadOnlyList<IReadOnlyCollection<int>> expected, int number)
    {
        double[] scores = [.. probabilities.Select(own => own[number])];
        bool[] isPositive = [.. expected.Select(set => set.Contains(number))];
        OperatingPoint? chosen = options switch
        {
            { Precision: { } precision } => ThresholdChoice.ForPrecision(scores, isPositive, precision),
            { Recall: { } recall } => ThresholdChoice.ForRecall(scores, isPositive, recall),
            { FalsePositiveRate: { } rate } => ThresholdChoice.ForFalsePositiveRate(scores, isPositive, rate),
            _ => ThresholdChoice.ForF1(scores, isPositive),
        };
        // In the middle between what is flagged and what is not, so that the last digits of a score decide nothing.
        return chosen is { TruePositives: > 0, Threshold: var least } ? (least + scores.Where(score => score < least).DefaultIfEmpty(0).Max()) / 2 : double.PositiveInfinity;
    }
}
