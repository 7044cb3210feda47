using Plinth.Tasks.Metrics;

namespace Plinth.Tasks;

/// <summary>What logits of classes say.</summary>
internal static class ClassProbabilities
{
    /// <summary>Probabilities of logits; a number stays what it is.</summary>
    /// <param name="kind">Whether the classes exclude each other.</param>
    /// <param name="logits">Of one sample.</param>
    /// <param name="temperature">What they are divided by.</param>
    public static IReadOnlyList<double> Of(ClassificationKind kind, IReadOnlyList<double> logits, double temperature)
    {
        if (kind != ClassificationKind.SingleLabel)
        {
            return kind == ClassificationKind.Regression ? logits : [.. logits.Select(logit => 1 / (1 + Math.Exp(-logit / temperature)))];
        }

        var largest = logits.Max();
        double[] weights = [.. logits.Select(logit => Math.Exp((logit - largest) / temperature))];
        var sum = weights.Sum();
        return [.. weights.Select(weight => weight / sum)];
    }

    /// <summary>Expected calibration error: of the best class where they exclude each other (Guo et al. 2017, arXiv:1706.04599), else of each class.</summary>
    /// <param name="kind">Whether the classes exclude each other.</param>
    /// <param name="probabilities">Of all classes per sample.</param>
    /// <param name="expected">Classes of each sample.</param>
    public static double Error(ClassificationKind kind, IReadOnlyList<IReadOnlyList<double>> probabilities, IReadOnlyList<IReadOnlyCollection<int>> expected)
    {
        var said = probabilities.Zip(expected).SelectMany(pair => kind == ClassificationKind.SingleLabel
            ? [pair.First.Index().MaxBy(score => score.Item)]
            : pair.First.Index(), (pair, score) => (score.Item, Happened: pair.Second.Contains(score.Index))).ToList();
        return CalibrationError.Of([.. said.Select(item => item.Item)], [.. said.Select(item => item.Happened)]);
    }
}
