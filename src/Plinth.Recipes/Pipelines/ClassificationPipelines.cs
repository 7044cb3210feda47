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
        RefuseCalibration(options);
        var loaded = TaskModel.Load("text_classification", folder, options with { AnswerBatchSize = batchSize });
        var outputs = ((IClassification)loaded.Task).Outputs;
        return new(Columns(outputs), batchSize, (IReadOnlyList<TextSample> samples, CancellationToken _) => Named(outputs, loaded.Task.Answer(samples)), loaded);
    }

    public static TaskPipeline Images(string folder, ImageClassificationOptions options, int batchSize)
    {
        RefuseCalibration(options);
        var loaded = TaskModel.Load("image_classification", folder, options with { AnswerBatchSize = batchSize });
        var outputs = ((IClassification)loaded.Task).Outputs;
        return new(Columns(outputs), batchSize, (IReadOnlyList<ImageSample> samples, CancellationToken _) => Named(outputs, loaded.Task.Answer(samples)), loaded);
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

    private static IReadOnlyList<DataColumn> Columns(ClassOutputs outputs) => outputs.Kind switch
    {
        ClassificationKind.Regression => AnswerFields.Number,
        var kind => [.. kind == ClassificationKind.MultiLabel ? AnswerFields.SeveralLabels : AnswerFields.Labels, .. outputs.Calibration is null ? [] : AnswerFields.Flags],
    };

    private static IReadOnlyList<Answer> Named(ClassOutputs outputs, IReadOnlyList<Answer> answers) => [.. answers.Cast<ClassScores>().Select(outputs.Named)];

    private static void RefuseCalibration(IClassificationOptions options)
    {
        if (options.Calibration is not null)
        {
            throw new RecipeException($"Thresholds are chosen while a model is fine-tuned and lie in its folder as {Calibration.FileName}; here is nothing to choose them on. Leave out 'calibration'.");
        }
    }
}
