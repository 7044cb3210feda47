using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Layers.Losses;
using Plinth.Tasks.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tasks;

/// <summary>What a text or a pair of texts is asked for.</summary>
public enum ClassificationKind
{
    /// <summary>Exactly one class.</summary>
    SingleLabel,

    /// <summary>Any number of classes.</summary>
    MultiLabel,

    /// <summary>A number.</summary>
    Regression,
}

/// <summary>How texts are classified.</summary>
public sealed record TextClassificationOptions : TextTaskOptions
{
    /// <summary>What is asked for; null takes it from the model's config, where one class means a number.</summary>
    public ClassificationKind? Kind { get; init; }

    /// <summary>Share of the probability that learning spreads over all classes; 0 spreads nothing.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Weight of each class in the loss, for classes that are rare; null for 1.</summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <inheritdoc />
    public override void Validate()
    {
        base.Validate();
        if (LabelSmoothing is not (>= 0 and < 1))
        {
            throw new RecipeException($"label_smoothing = {LabelSmoothing} must be at least 0 and below 1.");
        }
    }
}

/// <summary>Classes or a number for a text or a pair of texts.</summary>
public sealed class TextClassification : TextTask
{
    private readonly TextClassificationOptions options;
    private readonly int classCount;

    /// <param name="model">A model with a sequence classification head.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="options">Kind, lengths and weights.</param>
    public TextClassification(Model model, Tokenizer tokenizer, TextClassificationOptions? options = null)
        : base("text_classification", model, tokenizer, options ??= new(), HeadKind.SequenceClassification)
    {
        this.options = options;
        classCount = model.Config.LabelCount;
        Kind = options.Kind ?? model.Config.ProblemType switch
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

    /// <inheritdoc />
    protected override TextBatch Collate(IReadOnlyList<TextSample> samples) => Encode(samples) with { Labels = Labels(samples) };

    /// <inheritdoc />
    public override IReadOnlyList<LossTerm> Compute(Batch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var logits = Model.Logits(batch).to(ScalarType.Float32);                                  // [batch, class]
        var weights = options.ClassWeights is { } values ? tensor(values.Select(w => (float)w).ToArray(), device: logits.device) : null;
        var sum = Kind switch
        {
            ClassificationKind.SingleLabel => ClassLosses.CrossEntropy(logits, batch.Labels!, weights, options.LabelSmoothing).Sum,
            ClassificationKind.MultiLabel => ClassLosses.Binary(logits, batch.Labels!, weights).Sum / classCount,
            _ => RegressionLosses.Squared(logits.squeeze(-1), batch.Labels!).Sum,
        };
        return [new("classification", sum)];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<Answer> AnswerBatch(IReadOnlyList<TextSample> samples)
    {
        var logits = Model.Logits(Encode(samples).To(Model.Device)).to(ScalarType.Float32);
        var scores = Kind switch
        {
            ClassificationKind.SingleLabel => logits.softmax(-1),
            ClassificationKind.MultiLabel => logits.sigmoid(),
            _ => logits,
        };
        return [.. scores.cpu().contiguous().data<float>().ToArray().Chunk(classCount).Select(row => new ClassScores([.. row.Select(s => (double)s)]))];
    }

    /// <inheritdoc />
    protected override IReadOnlyList<KeyValuePair<string, double>> Score(IReadOnlyList<TextSample> samples, IReadOnlyList<Answer> answers)
    {
        ClassScores[] given = [.. answers.Cast<ClassScores>()];
        switch (Kind)
        {
            case ClassificationKind.SingleLabel:
                int[] best = [.. given.Select(answer => answer.Best)];
                int[] right = [.. samples.Select((s, i) => s.Label ?? throw Lacks(i, "label"))];
                return [new("accuracy", Accuracy.Of(best, right)), new("macro_f1", F1.Macro(best, right)), new("matthews_correlation", MatthewsCorrelation.Of(best, right))];
            case ClassificationKind.MultiLabel:
                IReadOnlyCollection<int>[] chosen = [.. given.Select(answer => (int[])[.. Enumerable.Range(0, classCount).Where(c => answer.Scores[c] > 0.5)])];
                IReadOnlyCollection<int>[] sets = [.. samples.Select((s, i) => (int[])[.. s.LabelSet ?? throw Lacks(i, "set of labels")])];
                return [new("micro_f1", F1.MicroOfSets(chosen, sets)), new("macro_f1", F1.MacroOfSets(chosen, sets, classCount)), new("accuracy", Accuracy.OfSets(chosen, sets))];
            default:
                double[] values = [.. given.Select(answer => answer.Scores[0])];
                double[] wanted = [.. samples.Select((s, i) => s.Value ?? throw Lacks(i, "value"))];
                return [new("pearson", Pearson.Of(values, wanted)), new("spearman", Spearman.Of(values, wanted))];
        }
    }

    private TextBatch Encode(IReadOnlyList<TextSample> samples) => TextRow.Batch([.. samples.Select(s => Row(s.Text, s.Pair))], PadId);

    private Tensor? Labels(IReadOnlyList<TextSample> samples) => Kind switch
    {
        ClassificationKind.SingleLabel => All(samples, "label", s => (long?)s.Label) is { } labels
            ? tensor(labels.Select(Known).ToArray()) : null,
        ClassificationKind.MultiLabel => samples.All(s => s.LabelSet is null) ? null
            : tensor(samples.SelectMany((s, i) => Indicators(s.LabelSet ?? throw Lacks(i, "set of labels"))).ToArray(), [samples.Count, classCount]),
        _ => All(samples, "value", s => (float?)s.Value) is { } values ? tensor(values.ToArray()) : null,
    };

    private float[] Indicators(IReadOnlyList<int> labels)
    {
        var row = new float[classCount];
        foreach (var label in labels)
        {
            row[Known(label)] = 1;
        }

        return row;
    }

    private long Known(long label) => label >= 0 && label < classCount
        ? label
        : throw new BadInputException($"There is no class {label}; the model has the classes 0 to {classCount - 1}. Compare the data set's labels with the model's.");
}
