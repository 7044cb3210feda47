using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using Plinth.Models;
using Plinth.Tasks;

namespace Plinth.Recipes.Pipelines;

/// <summary>How hidden tokens are guessed.</summary>
public sealed record FillMaskOptions
{
    /// <summary>Guesses for each hidden token.</summary>
    public int GuessCount { get; init; } = 5;
}

/// <summary>Pipelines whose answer stands in, or fits into, the text.</summary>
internal static class ReadingPipelines
{
    public static TaskPipeline Questions(string folder, QuestionAnsweringOptions options, int batchSize) =>
        OfTask("question_answering", folder, options with { AnswerBatchSize = batchSize }, batchSize, AnswerFields.Span, (_, answer) => answer);

    public static TaskPipeline Choices(string folder, TextTaskOptions options, int batchSize) =>
        OfTask("multiple_choice", folder, options with { AnswerBatchSize = batchSize }, batchSize, AnswerFields.Texts, (sample, answer) => new ScoredTexts(
            [.. ((ClassScores)answer).Scores.Select((score, i) => new ScoredText(i, sample.Choices![i], score)).OrderByDescending(text => text.Score)]));

    public static TaskPipeline Likelihood(string folder, CausalFinetuningOptions options, int batchSize) =>
        OfTask("causal_finetuning", folder, options with { AnswerBatchSize = batchSize }, batchSize, AnswerFields.Likelihood, (_, answer) => answer);

    public static TaskPipeline Masks(string folder, FillMaskOptions options, int batchSize)
    {
        if (options.GuessCount < 1)
        {
            throw new RecipeException($"guess_count = {options.GuessCount} must be at least 1.");
        }

        var model = Checkpoint.Load(folder, ModelCatalog.Families).Model;
        try
        {
            var pipeline = new FillMaskPipeline(model, TokenizerFiles.Load(folder));
            return new(
                AnswerFields.Masks, batchSize,
                (samples, _) => [.. pipeline.Fill([.. samples.Select(sample => sample.Text)], options.GuessCount).Select(guesses => new FilledMasks(guesses))],
                model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>A task of the catalog as it is.</summary>
    internal static TaskPipeline OfTask(
        string task, string folder, object options, int batchSize, IReadOnlyList<Data.Formats.DataColumn> columns, Func<TextSample, Answer, Answer> tell)
    {
        var loaded = TaskModel.Load(task, folder, options);
        return new(columns, batchSize, (samples, _) => [.. samples.Zip(loaded.Task.Answer(samples), tell)], loaded);
    }
}
