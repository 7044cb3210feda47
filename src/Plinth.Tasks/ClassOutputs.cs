using Plinth.Core;
using Plinth.Layers.Losses;
using Plinth.Tasks.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>What a sample is asked for.</summary>
public enum ClassificationKind
{
    /// <summary>Exactly one class.</summary>
    SingleLabel,

    /// <summary>Any number of classes.</summary>
    MultiLabel,

    /// <summary>A number.</summary>
    Regression,
}

/// <summary>What classification of any modality can be told.</summary>
public interface IClassificationOptions
{
    /// <summary>What is asked for; null takes it from the model's config, where one class means a number.</summary>
    ClassificationKind? Kind { get; }

    /// <summary>Share of the probability that learning spreads over all classes; 0 spreads nothing.</summary>
    double LabelSmoothing { get; }

    /// <summary>Weight of each class in the loss, for classes that are rare; null for 1.</summary>
    IReadOnlyList<double>? ClassWeights { get; }
}

/// <summary>Classes, sets of classes or a number out of logits, whatever the logits were made of: labels, loss, answers and scores.</summary>
internal sealed class ClassOutputs
{
    private readonly IClassificationOptions options;
    private readonly int classCount;

    /// <exception cref="PlinthException">The options do not fit the model.</exception>
    public ClassOutputs(ModelConfig config, IClassificationOptions options)
    {
        (this.options, classCount) = (options, config.LabelCount);
        if (options.LabelSmoothing is not (>= 0 and < 1))
        {
            throw new RecipeException($"label_smoothing = {options.LabelSmoothing} must be at least 0 and below 1.");
        }

        Kind = options.Kind ?? config.ProblemType switch
        {
            "regression" => ClassificationKind.Regression,
            "multi_label_classification" => ClassificationKind.MultiLabel,
            "single_label_classification" => ClassificationKind.SingleLabel,
            _ => classCount == 1 ? ClassificationKind.Regression : ClassificationKind.SingleLabel,
        };
        if (Kind == ClassificationKind.Regression && classCount != 1)
        {
            throw new PlinthException($"Regression has one output, and this model has {classCount} classes. Give it one label.");
        }

        if (options.ClassWeights is { } weights && weights.Count != classCount)
        {
            throw new RecipeException($"class_weights has {weights.Count} values for {classCount} classes.");
        }
    }

    /// <summary>What is asked for.</summary>
    public ClassificationKind Kind { get; }

    /// <summary>The labels of a batch, or null when the samples have none.</summary>
    /// <returns>int64 <c>[batch]</c> for one class, float <c>[batch, class]</c> for several, float <c>[batch]</c> for a number.</returns>
    public Tensor? Labels(IReadOnlyList<Sample> samples) => Kind switch
    {
        ClassificationKind.SingleLabel => SampleLabels.All(samples, "label", s => (long?)s.Label) is { } labels
            ? tensor(labels.Select(Known).ToArray()) : null,
        ClassificationKind.MultiLabel => samples.All(s => s.LabelSet is null) ? null
            : tensor(samples.SelectMany((s, i) => Indicators(s.LabelSet ?? throw SampleLabels.Lacks(i, "set of labels"))).ToArray(), [samples.Count, classCount]),
        _ => SampleLabels.All(samples, "value", s => (float?)s.Value) is { } values ? tensor(values.ToArray()) : null,
    };

    /// <summary>The loss, summed over the samples.</summary>
    /// <param name="logits"><c>[batch, class]</c>.</param>
    /// <param name="labels">As <see cref="Labels"/> makes them.</param>
    public LossTerm Loss(Tensor logits, Tensor labels)
    {
        logits = logits.to(ScalarType.Float32);
        var weights = options.ClassWeights is { } values ? tensor(values.Select(w => (float)w).ToArray(), device: logits.device) : null;
        return new("classification", Kind switch
        {
            ClassificationKind.SingleLabel => ClassLosses.CrossEntropy(logits, labels, weights, options.LabelSmoothing).Sum,
            ClassificationKind.MultiLabel => ClassLosses.Binary(logits, labels, weights).Sum / classCount,
            _ => RegressionLosses.Squared(logits.squeeze(-1), labels).Sum,
        });
    }

    /// <summary>The answers of a batch.</summary>
    /// <param name="logits"><c>[batch, class]</c>.</param>
    public IReadOnlyList<Answer> Answers(Tensor logits)
    {
        logits = logits.to(ScalarType.Float32);
        var scores = Kind switch
        {
            ClassificationKind.SingleLabel => logits.softmax(-1),
            ClassificationKind.MultiLabel => logits.sigmoid(),
            _ => logits,
        };
        return [.. scores.cpu().contiguous().data<float>().ToArray().Chunk(classCount).Select(row => new ClassScores([.. row.Select(s => (double)s)]))];
    }

    /// <summary>Compares answers with labels.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Score(IReadOnlyList<Sample> samples, IReadOnlyList<Answer> answers)
    {
        ClassScores[] given = [.. answers.Cast<ClassScores>()];
        switch (Kind)
        {
            case ClassificationKind.SingleLabel:
                int[] best = [.. given.Select(answer => answer.Best)];
                int[] right = [.. samples.Select((s, i) => s.Label ?? throw SampleLabels.Lacks(i, "label"))];
                return [new("accuracy", Accuracy.Of(best, right)), new("macro_f1", F1.Macro(best, right)), new("matthews_correlation", MatthewsCorrelation.Of(best, right))];
            case ClassificationKind.MultiLabel:
                IReadOnlyCollection<int>[] chosen = [.. given.Select(answer => (int[])[.. Enumerable.Range(0, classCount).Where(c => answer.Scores[c] > 0.5)])];
                IReadOnlyCollection<int>[] sets = [.. samples.Select((s, i) => (int[])[.. s.LabelSet ?? throw SampleLabels.Lacks(i, "set of labels")])];
                return [new("micro_f1", F1.MicroOfSets(chosen, sets)), new("macro_f1", F1.MacroOfSets(chosen, sets, classCount)), new("accuracy", Accuracy.OfSets(chosen, sets))];
            default:
                double[] values = [.. given.Select(answer => answer.Scores[0])];
                double[] wanted = [.. samples.Select((s, i) => s.Value ?? throw SampleLabels.Lacks(i, "value"))];
                return [new("pearson", Pearson.Of(values, wanted)), new("spearman", Spearman.Of(values, wanted))];
        }
    }

    private float[] Indicators(IReadOnlyList<int> labels)
    {
        var row = new float[classCount];
        foreach (var label in labels)
        {
            row[Known(label)] = 1;
        }

        return row;
    }

    private long Known(long label) => SampleLabels.Known(label, classCount);
}
