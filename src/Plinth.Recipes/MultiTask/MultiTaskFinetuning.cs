using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Watching;
using Plinth.Tasks;
using Plinth.Training;
using Plinth.Training.Control;
using Plinth.Training.Observers;
using TorchSharp;

namespace Plinth.Recipes.MultiTask;

/// <summary>Composes a run in which one backbone learns several tasks; a whole checkpoint for each comes out, in folders of the tasks' names.</summary>
public static class MultiTaskFinetuning
{
    private const int DefaultBatch = 32;
    private const double DefaultRate = 1e-4;

    /// <summary>Runs a recipe. Run again after an interruption, it goes on where it stopped.</summary>
    /// <param name="recipe">The run.</param>
    /// <param name="observers">Who watches, beside the log and TensorBoard files of the run.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <param name="cancellation">Ends the run after the step at hand; its state is kept.</param>
    /// <exception cref="PlinthException">The recipe, the checkpoint, the data or the folder cannot be used.</exception>
    public static RunResult Run(
        MultiTaskRecipe recipe, IReadOnlyList<IRunObserver>? observers = null, ILogger? logger = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Check();
        // The data is read first, so that a wrong path leaves no folder behind.
        LabeledSamples[] samples = [.. recipe.Tasks.Select(part => LabeledSamples.Read(part.Data, recipe.Seed, null, TaskCatalog.Tasks[part.Task.Type]))];
        var files = Pretraining.Open(recipe.RunFolder(), RecipeWriter.Write(recipe));
        torch.random.manual_seed(recipe.Seed);
        List<TaskModel> tuned = [];
        List<TrainingBatches> batches = [];
        try
        {
            foreach (var (part, own) in recipe.Tasks.Zip(samples))
            {
                tuned.Add(Begin(recipe, part, own, tuned.FirstOrDefault()));
                batches.Add(new(tuned[^1].Task, own.Training, part.Data.Images, recipe.Training.BatchSize ?? DefaultBatch, recipe.Seed, logger));
            }

            return Train(recipe, files, tuned, samples, new(batches.ConvertAll(task => task.Source), [.. recipe.Tasks.Select(part => part.Weight)]), observers, logger, cancellation);
        }
        finally
        {
            batches.ForEach(task => task.Dispose());
            // The others stand on its backbone.
            tuned.FirstOrDefault()?.Dispose();
        }
    }

    private static RunResult Train(
        MultiTaskRecipe recipe, RunFiles files, List<TaskModel> tuned, LabeledSamples[] samples, MixedBatches source,
        IReadOnlyList<IRunObserver>? observers, ILogger? logger, CancellationToken cancellation)
    {
        var objective = new JointTasks([.. recipe.Tasks.Zip(tuned, (part, task) => KeyValuePair.Create(part.Name, task.Task))]);
        var options = TrainingPlan.Options(recipe.Training, recipe.Name, recipe.Seed, source.BatchesPerEpoch, DefaultRate, tuned[0].Model.Family.Modality);
        var watchers = RunObservers.Of(files, null, observers, logger);
        var trainer = new Trainer(options, [watchers], new CheckpointKeeper(() => Save(files.Best)), logger: logger, control: new ControlFile(files.Folder, logger: logger));
        var result = trainer.Run(objective, source, EvaluatorOf(part => part.Validation), files.Folder, cancellation);
        if (result.Interrupted)
        {
            throw new OperationCanceledException($"{recipe.Name} was interrupted after step {result.Step}; the same command goes on.", cancellation);
        }

        Save(files.Checkpoint);
        var scores = EvaluatorOf(part => part.Test).Evaluate(cancellation);
        Pretraining.WriteScores(files.Scores, scores);
        return new(files, result, scores);

        MultiTaskEvaluator EvaluatorOf(Func<LabeledSamples, IReadOnlyList<Sample>> of) =>
            new([.. recipe.Tasks.Select((part, i) => KeyValuePair.Create(part.Name, new TaskEvaluator(tuned[i].Task, of(samples[i]))))]);

        void Save(string folder)
        {
            foreach (var (part, task) in recipe.Tasks.Zip(tuned))
            {
                Checkpoint.Save(task.Model, Path.Combine(folder, part.Name), task.SaveFiles);
            }
        }
    }

    private static TaskModel Begin(MultiTaskRecipe recipe, TaskPartRecipe part, LabeledSamples samples, TaskModel? first)
    {
        var entry = TaskCatalog.Tasks[part.Task.Type];
        var (labels, options) = (entry.NeedsClasses ? samples.Labels : null, part.Task.Bind(entry.OptionsType));
        return first is null
            ? TaskModel.Begin(part.Task.Type, recipe.Checkpoint, labels, options: options, background: part.Data.Images?.Background)
            : first.Beside(part.Task.Type, labels, options);
    }
}
