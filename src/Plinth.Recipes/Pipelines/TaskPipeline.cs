using Plinth.Data.Batching;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text.Batching;

namespace Plinth.Recipes.Pipelines;

/// <summary>Answers a few samples, in their order.</summary>
/// <typeparam name="TSample">What they are.</typeparam>
/// <param name="samples">At most as many as are answered at once.</param>
/// <param name="cancellation">Ends the work early.</param>
public delegate IReadOnlyList<Answer> AnswerBatch<in TSample>(IReadOnlyList<TSample> samples, CancellationToken cancellation) where TSample : Sample;

/// <summary>Raw samples in, answers out, for one task on one model. It is used by one thread at a time.</summary>
public sealed class TaskPipeline : IDisposable
{
    private readonly AnswerBatch<Sample> answer;
    private readonly IReadOnlyList<IDisposable> owned;

    /// <summary>A pipeline for texts.</summary>
    /// <param name="columns">The fields of an answer, as <see cref="AnswerFields"/> gives them.</param>
    /// <param name="batchSize">Samples that are answered at once; more is faster up to the size of the device's memory.</param>
    /// <param name="answer">Answers them.</param>
    /// <param name="owned">What is freed with the pipeline, the last one first.</param>
    /// <exception cref="PlinthException">The batch size is impossible.</exception>
    public TaskPipeline(IReadOnlyList<DataColumn> columns, int batchSize, AnswerBatch<TextSample> answer, params IReadOnlyList<IDisposable> owned)
        : this(Modality.Text, columns, batchSize, (samples, cancellation) => answer(Cast<TextSample>(samples), cancellation), owned)
    {
    }

    /// <summary>A pipeline for pictures.</summary>
    /// <param name="columns">The fields of an answer, as <see cref="AnswerFields"/> gives them.</param>
    /// <param name="batchSize">Samples that are answered at once; more is faster up to the size of the device's memory.</param>
    /// <param name="answer">Answers them.</param>
    /// <param name="owned">What is freed with the pipeline, the last one first.</param>
    /// <exception cref="PlinthException">The batch size is impossible.</exception>
    public TaskPipeline(IReadOnlyList<DataColumn> columns, int batchSize, AnswerBatch<ImageSample> answer, params IReadOnlyList<IDisposable> owned)
        : this(Modality.Image, columns, batchSize, (samples, cancellation) => answer(Cast<ImageSample>(samples), cancellation), owned)
    {
    }

    private TaskPipeline(Modality modality, IReadOnlyList<DataColumn> columns, int batchSize, AnswerBatch<Sample> answer, IReadOnlyList<IDisposable> owned)
    {
        CheckBatchSize(batchSize);
        (Modality, Columns, BatchSize, this.answer, this.owned) = (modality, columns, batchSize, answer, owned);
    }

    /// <summary>What it answers.</summary>
    public Modality Modality { get; }

    /// <summary>The fields of each answer.</summary>
    public IReadOnlyList<DataColumn> Columns { get; }

    /// <summary>Samples that are answered at once.</summary>
    public int BatchSize { get; }

    /// <summary>Loads a task by its name.</summary>
    /// <param name="task">A name of <see cref="PipelineCatalog"/>, in snake_case or kebab-case.</param>
    /// <param name="folder">Checkpoint or adapter.</param>
    /// <param name="options">The task's options, of the record that its entry names; null takes those of the folder.</param>
    /// <param name="batchSize">Samples that are answered at once.</param>
    /// <exception cref="PlinthException">There is no such task, or the folder was not made for it.</exception>
    public static TaskPipeline Load(string task, string folder, object? options = null, int batchSize = 32)
    {
        var entry = PipelineCatalog.Find(task);
        return entry.Load(folder, options ?? entry.Defaults(folder), batchSize);
    }

    /// <summary>Answers one sample.</summary>
    public Answer Answer(Sample sample, CancellationToken cancellation = default) => Answer([sample], cancellation: cancellation)[0];

    /// <summary>Answers samples in their order. Those of like length are computed together, so that little is padded.</summary>
    /// <param name="samples">Any number.</param>
    /// <param name="answered">Told after each batch how many samples it had; or null.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    /// <exception cref="BadInputException">A sample lacks what the task needs.</exception>
    public IReadOnlyList<Answer> Answer(IReadOnlyList<Sample> samples, Action<int>? answered = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return LengthBatches.Map(samples, SampleBatches.LengthOf, BatchSize, batch =>
        {
            var given = answer(batch, cancellation);
            answered?.Invoke(batch.Count);
            return given;
        }, cancellation);
    }

    private static TSample[] Cast<TSample>(IReadOnlyList<Sample> samples) where TSample : Sample =>
        [.. samples.Select(sample => sample as TSample ?? throw new BadInputException($"This task answers a {typeof(TSample).Name}, not a {sample.GetType().Name}."))];

    internal static void CheckBatchSize(int batchSize)
    {
        if (batchSize < 1)
        {
            throw new RecipeException($"A batch size of {batchSize} is impossible; it must be at least 1.");
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var part in owned.Reverse())
        {
            part.Dispose();
        }
    }
}
