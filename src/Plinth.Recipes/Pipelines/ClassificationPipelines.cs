using Plinth.Core;
using Plinth.Inference.Pipelines;
using Plinth.Data.Formats;
using Plinth.Tasks;
using Plinth.Tasks.Vision;

namespace Plinth.Recipes.Pipelines;

/// <summary>How labels are tried on texts.</summary>
public sealed record ZeroShotOptions
{
    /// <summary>Labels for the samples that bring none of their own.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The hypothesis that is judged, with {} where the label goes.</summary>
    public string Template { get; init; } = "This example is {}.";

    /// <summary>Whether each label is judged alone; else exactly one applies.</summary>
    public bool MultiLabel { get; init; }
}

/// <summary>Pipelines whose answer is a class.</summary>
internal static class ClassificationPipelines
{
    public static TaskPipeline Texts(string folder, TextClassificationOptions options, int batchSize)
    {
        var loaded = TaskModel.Load("text_classification", folder, options with { AnswerBatchSize = batchSize });
        var kind = ((TextClassification)loaded.Task).Kind;
        var labels = loaded.Model.Config.Labels;
        return new(
            Columns(kind), batchSize,
            (IReadOnlyList<TextSample> samples, CancellationToken _) => Named(loaded.Task.Answer(samples), kind, labels),
            loaded);
    }

    public static TaskPipeline Images(string folder, ImageClassificationOptions options, int batchSize)
    {
        var loaded = TaskModel.Load("image_classification", folder, options with { AnswerBatchSize = batchSize });
        var kind = ((ImageClassification)loaded.Task).Kind;
        return new(Columns(kind), batchSize, (IReadOnlyList<ImageSample> samples, CancellationToken _) => Named(loaded.Task.Answer(samples), kind, loaded.Model.Config.Labels), loaded);
    }

    public static TaskPipeline Entities(string folder, TokenClassificationOptions options, int batchSize)
    {
        var loaded = TaskModel.Load("token_classification", folder, options with { AnswerBatchSize = batchSize });
        return new(AnswerFields.Entities, batchSize, (samples, _) => ((TokenClassification)loaded.Task).Entities(samples), loaded);
    }

    public static TaskPipeline ZeroShot(string folder, ZeroShotOptions options, int batchSize)
    {
        var loaded = TaskModel.Load("text_classification", folder);
        var pipeline = loaded.Guarded(() => new ZeroShotPipeline(loaded.Model, loaded.Tokenizer, batchSize));
        return new(
            options.MultiLabel ? AnswerFields.SeveralLabels : AnswerFields.Labels,
            batchSize,
            (samples, cancellation) =>
            {
                var given = pipeline.Classify([.. samples.Select(sample => (sample.Text, sample.Choices ?? options.Labels))], options.Template, options.MultiLabel, cancellation);
                return [.. given.Select(labels => new LabelScores(labels, !options.MultiLabel))];
            },
            loaded);
    }

    private static IReadOnlyList<DataColumn> Columns(ClassificationKind kind) =>
        kind switch { ClassificationKind.Regression => AnswerFields.Number, ClassificationKind.MultiLabel => AnswerFields.SeveralLabels, _ => AnswerFields.Labels };

    private static IReadOnlyList<Answer> Named(IReadOnlyList<Answer> answers, ClassificationKind kind, IReadOnlyList<string> labels) =>
    [
        .. answers.Cast<ClassScores>().Select(scores => kind == ClassificationKind.Regression
            ? (Answer)new NumberAnswer(scores.Scores[0])
            : new LabelScores([.. scores.Scores.Zip(labels, (score, label) => new LabelScore(label, score)).OrderByDescending(label => label.Score)], kind == ClassificationKind.SingleLabel)),
    ];
}
