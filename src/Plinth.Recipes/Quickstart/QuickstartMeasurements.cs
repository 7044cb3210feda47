using Plinth.Data.Batching;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Layers.Adapters;
using Plinth.Training;
using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;
using TorchSharp;

namespace Plinth.Recipes.Quickstart;

/// <summary>Fills the table: each task by each method with each number of labels.</summary>
internal sealed class QuickstartMeasurements(
    QuickstartPlan plan, QuickstartFiles files, QuickstartCells cells, int seed, IQuickstartView view, Func<TimeSpan> elapsed)
{
    public const string PreTrained = "pre-trained", RandomStart = "random start", Adapter = "pre-trained, adapter (LoRA)";
    private const double Warmup = 0.1;

    public void Run(IReadOnlyList<QuickstartTask> tasks, CancellationToken cancellation)
    {
        var work = Work(tasks).ToList();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var (done, measured) = (0, 0);
        foreach (var (task, labels, method, repetition, measure) in work)
        {
            cancellation.ThrowIfCancellationRequested();
            var isExtra = repetition > 1;
            if (!isExtra || elapsed() < plan.SeedsUntil)
            {
                measured += cells.Measure(task.Data.Name, method, labels, repetition, () => measure(cancellation)) ? 1 : 0;
            }

            done++;
            view.Measured(done, work.Count, $"{task.Data.Name}, {labels} labels, {method}",
                measured == 0 ? TimeSpan.Zero : watch.Elapsed / measured * (work.Count - done));
        }
    }

    // The first repetition of everything comes first, so that a short run still has a whole table; then few labels, where chance is largest.
    private IEnumerable<Entry> Work(IReadOnlyList<QuickstartTask> tasks) => plan.Labels
        .SelectMany(labels => Enumerable.Range(1, labels.Seeds).Select(repetition => (Labels: labels, Repetition: repetition)))
        .OrderBy(column => column.Repetition > 1)
        .SelectMany(column => tasks.SelectMany(task => Entries(task, column.Labels, column.Repetition)));

    private IEnumerable<Entry> Entries(QuickstartTask task, LabelPlan labels, int repetition)
    {
        var own = seed + repetition - 1;
        var isFirst = repetition == 1 && labels == plan.Labels[0];
        if (!task.IsBaselineFixed || isFirst)
        {
            yield return new(task, labels.Name, task.BaselineName, repetition, _ => task.Baseline(Subset(task, labels, own), task.Test, own));
        }

        yield return new(task, labels.Name, RandomStart, repetition, c => Tune(task, labels, own, fromScratch: true, adapts: false, c));
        yield return new(task, labels.Name, PreTrained, repetition, c => Tune(task, labels, own, fromScratch: false, adapts: false, c));
        if (repetition == 1 && labels == plan.Labels[^1])
        {
            yield return new(task, labels.Name, Adapter, repetition, c => Tune(task, labels, own, fromScratch: false, adapts: true, c));
        }
    }

    private static IReadOnlyList<TextSample> Subset(QuickstartTask task, LabelPlan labels, int seed) =>
        task.Data.Subset(labels.Labels ?? int.MaxValue, seed);

    private IReadOnlyDictionary<string, double> Tune(
        QuickstartTask task, LabelPlan labels, int own, bool fromScratch, bool adapts, CancellationToken cancellation)
    {
        torch.random.manual_seed(own);
        var checkpoint = task.IsGeneration ? files.Decoder.Checkpoint : files.Encoder.Checkpoint;
        using var tuned = TaskModel.Begin(
            task.CatalogName, checkpoint, task.Data.LabelNames.Count > 0 ? task.Data.LabelNames : null, fromScratch, task.Options);
        using var adapters = adapts ? Finetuning.Attach(tuned.Model, new LowRankOptions { Rank = plan.AdapterRank, Alpha = 2 * plan.AdapterRank }) : null;
        Objective objective = adapters is null ? tuned.Task : new AdaptedObjective(tuned.Task, adapters);
        // Sequences of a decoder are longer and each token is a target.
        var batchSize = task.IsGeneration ? Math.Max(1, labels.BatchSize / 2) : labels.BatchSize;
        var batches = new SampleBatches(Subset(task, labels, own), tuned.Task.Collate, batchSize, (ulong)own);
        var trainer = new Trainer(new()
        {
            Name = task.Data.Name,
            Steps = labels.Steps,
            Seed = own,
            ReportEvery = labels.Steps,
            Optimizer = new AdamWOptions { LearningRate = adapts ? plan.AdapterRate : plan.TuningRate, WeightDecay = 0.01 },
            Schedule = new() { Kind = ScheduleKind.Linear, WarmupSteps = (long)(labels.Steps * Warmup) },
        });
        if (trainer.Run(objective, batches, cancellation: cancellation).Interrupted)
        {
            throw new OperationCanceledException(cancellation);
        }

        if (adapters is not null)
        {
            adapters.Train(false);
            TaskModel.SaveAdapter(adapters, tuned.Model, files.Adapter(task.Data.Name), checkpoint);
        }

        return new TaskEvaluator(tuned.Task, task.Test).Evaluate();
    }

    private sealed record Entry(
        QuickstartTask Task, string Labels, string Method, int Repetition, Func<CancellationToken, IReadOnlyDictionary<string, double>> Measure);
}
