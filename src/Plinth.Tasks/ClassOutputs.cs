using Plinth.Core;
using Plinth.Layers.Distillation;
using Plinth.Layers.Losses;
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
public interface IClassificationOptions : ILossShape
{
    /// <summary>What is asked for; null takes it from the model's config, where one class means a number.</summary>
    ClassificationKind? Kind { get; }

    /// <summary>Weight of each class in the loss, for classes that are rare; null for 1.</summary>
    IReadOnlyList<double>? ClassWeights { get; }

    /// <summary>What is chosen on the validation samples once the model was trained; null for nothing.</summary>
    CalibrationOptions? Calibration { get; }
}

/// <summary>Classes, sets of classes or a number out of logits, whatever the logits were made of: labels, loss, answers and scores.</summary>
public sealed class ClassOutputs
{
    private readonly IClassificationOptions options;
    private readonly IReadOnlyList<string> names;
    private readonly int classCount;

    /// <param name="config">The model's, with its classes.</param>
    /// <param name="options">What is asked for.</param>
    /// <exception cref="PlinthException">The options do not fit the model.</exception>
    public ClassOutputs(ModelConfig config, IClassificationOptions options)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        (this.options, names, classCount) = (options, config.Labels, config.LabelCount);
        options.Validate();
        Kind = options.Kind ?? ProblemTypes.KindOf(config.ProblemType) ?? (classCount == 1 ? ClassificationKind.Regression : ClassificationKind.SingleLabel);
        if (Kind == ClassificationKind.Regression && classCount != 1)
        {
            throw new PlinthException($"Regression has one output, and this model has {classCount} classes. Give it one label.");
        }

        if (options.ClassWeights is { } weights && weights.Count != classCount)
        {
            throw new RecipeException($"class_weights has {weights.Count} values for {classCount} classes.");
        }

        if (Kind == ClassificationKind.Regression && options.Calibration is not null)
        {
            throw new RecipeException("A number has no probability, so there is nothing to calibrate. Leave out 'calibration'.");
        }

        options.Calibration?.Check(names);
    }

    /// <summary>What is asked for.</summary>
    public ClassificationKind Kind { get; }

    /// <summary>What was chosen on held-out samples: answers and scores follow it. Null for nothing.</summary>
    public Calibration? Calibration { get; private set; }

    /// <summary>Chooses temperature and thresholds, as far as the options ask for them.</summary>
    /// <param name="samples">Labelled samples that the model was not trained on.</param>
    /// <param name="answers">The model's answers to them.</param>
    /// <exception cref="BadInputException">A sample has no label.</exception>
    public void Calibrate(IReadOnlyList<Sample> samples, IReadOnlyList<Answer> answers)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(answers);
        Calibration = options.Calibration is { } wanted
            ? new CalibrationFit(Kind, names, wanted).Of([.. answers.Cast<ClassScores>().Select(answer => answer.Logits!)], ClassMetrics.Expected(Kind, samples))
            : null;
    }

    /// <summary>Forgets what was chosen: the weights have changed.</summary>
    public void Uncalibrate() => Calibration = null;

    /// <summary>Takes up what was chosen and saved with a model, if anything was.</summary>
    /// <param name="folder">The checkpoint's or the adapter's folder.</param>
    /// <exception cref="CheckpointException">The file is malformed, or not of this model.</exception>
    public void Load(string folder) => Calibration = Kind == ClassificationKind.Regression ? null : Calibration.Load(folder, names);

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
    /// <param name="learns">Whether the model learns from it, so that what shapes its loss counts.</param>
    public LossTerm Loss(Tensor logits, Tensor labels, bool learns)
    {
        ArgumentNullException.ThrowIfNull(logits);
        logits = logits.to(ScalarType.Float32);
        var weights = options.ClassWeights is { } values ? tensor(values.Select(w => (float)w).ToArray(), device: logits.device) : null;
        return new("classification", Kind switch
        {
            ClassificationKind.SingleLabel => ClassLosses.Shaped(logits, labels, learns ? options : null, weights),
            ClassificationKind.MultiLabel => ClassLosses.Binary(logits, labels, weights).Sum / classCount,
            _ => RegressionLosses.Squared(logits.squeeze(-1), labels).Sum,
        });
    }

    /// <summary>The losses of the labels and of a teacher's answers.</summary>
    /// <param name="model">The model that learns.</param>
    /// <param name="batch">A labelled batch on its device.</param>
    /// <param name="teacher">The teacher.</param>
    /// <param name="learns">Whether the model learns from it, so that what shapes its loss counts.</param>
    internal IReadOnlyList<LossTerm> Losses(Model model, Batch batch, Teacher teacher, bool learns)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(teacher);
        var logits = model.Logits(batch);
        var answers = teacher.Ask(logits.device, other => other.Logits(batch));
        return teacher.Join(Loss(logits, batch.Labels!, learns), teacher.Loss(logits, answers));
    }

    /// <summary>Refuses a teacher that knows other classes.</summary>
    /// <exception cref="PlinthException">Its classes are others, or what is asked for is not one class.</exception>
    internal void Check(Teacher teacher)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        if (Kind != ClassificationKind.SingleLabel)
        {
            throw new RecipeException($"A teacher's answers are learnt where each sample has one class, and this task is {Kind}. Leave out 'distillation'.");
        }

        if (!teacher.Model.Config.Labels.SequenceEqual(names, StringComparer.Ordinal))
        {
            throw new RecipeException($"The teacher tells the classes {string.Join(", ", teacher.Model.Config.Labels)} apart, and the samples have {string.Join(", ", names)}. Choose a teacher of the same task.");
        }
    }

    /// <summary>The answers of a batch.</summary>
    /// <param name="logits"><c>[batch, class]</c>.</param>
    public IReadOnlyList<Answer> Answers(Tensor logits)
    {
        ArgumentNullException.ThrowIfNull(logits);
        using var values = logits.to(ScalarType.Float32).cpu().contiguous();
        return
        [
            .. values.data<float>().ToArray().Chunk(classCount).Select(row =>
            {
                double[] own = [.. row];
                return new ClassScores(ClassProbabilities.Of(Kind, own, Calibration?.Temperature ?? 1)) { Logits = own };
            }),
        ];
    }

    /// <summary>Compares answers with labels.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Score(IReadOnlyList<Sample> samples, IReadOnlyList<Answer> answers)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(answers);
        return new ClassMetrics(Kind, names, Calibration).Of(samples, [.. answers.Cast<ClassScores>()]);
    }

    /// <summary>The answer with the classes by name.</summary>
    public Answer Named(ClassScores answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Kind == ClassificationKind.Regression
            ? new NumberAnswer(answer.Scores[0])
            : new LabelScores(
                [.. answer.Scores.Zip(names, (score, label) => new LabelScore(label, score) { Threshold = Calibration?.ThresholdOf(label) }).OrderByDescending(label => label.Score)],
                Kind == ClassificationKind.SingleLabel);
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
