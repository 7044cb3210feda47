using Plinth.Core;
using Plinth.Data.Text.Chat;
using Plinth.Inference.Pipelines;
using Plinth.Inference.Sampling;
using Plinth.Tasks;

namespace Plinth.Recipes.Pipelines;

/// <summary>Pipelines whose answer is a new text.</summary>
internal static class WritingPipelines
{
    public static TaskPipeline Translation(string folder, SequenceToSequenceOptions options, int batchSize) => Rewriting("translation", folder, options, batchSize);

    public static TaskPipeline Summarization(string folder, SequenceToSequenceOptions options, int batchSize) => Rewriting("summarization", folder, options, batchSize);

    public static TaskPipeline Generation(string folder, GenerationOptions options, int batchSize)
    {
        if (options.NumReturnSequences != 1)
        {
            throw new RecipeException($"num_return_sequences = {options.NumReturnSequences}: this pipeline gives one text for each prompt. Leave it at 1.");
        }

        var loaded = TaskModel.Load("causal_finetuning", folder);
        var pipeline = loaded.Guarded(() => new TextGenerationPipeline(loaded.Model, loaded.Tokenizer));
        return new(
            AnswerFields.Text, batchSize,
            (samples, cancellation) => [.. pipeline.Generate([.. samples.Select(sample => sample.Text)], options, cancellation).Select(text => new TextAnswer(text))],
            loaded);
    }

    public static TaskPipeline Record(string folder, RecordTaskOptions options, int batchSize)
    {
        var schema = options.ReadSchema();
        var loaded = TaskModel.Load("causal_finetuning", folder);
        var pipeline = loaded.Guarded(() => new RecordPipeline(
            loaded.Model, loaded.Tokenizer, ChatTemplate.Find(folder), new() { Generation = new() { MaxNewTokens = options.MaxNewTokens } }));
        return new(
            AnswerFields.Record, batchSize,
            (samples, cancellation) => [.. samples.Select(sample => new RecordAnswer(pipeline.ExtractJson(sample.Text, schema, cancellation)))],
            loaded, pipeline);
    }

    private static TaskPipeline Rewriting(string task, string folder, SequenceToSequenceOptions options, int batchSize) =>
        ReadingPipelines.OfTask(task, folder, options with { AnswerBatchSize = batchSize }, batchSize, AnswerFields.Text, (_, answer) => answer);
}
