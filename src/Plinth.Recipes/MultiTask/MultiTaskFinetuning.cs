using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Adapters;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Records;
using Plinth.Recipes.Watching;
using Plinth.Tasks;
using Plinth.Training;
using Plinth.Training.Control;
using Plinth.Training.Observers;
using TorchSharp;

namespace Plinth.Recipes.MultiTask;

/// <summary>Composes a run in which one backbone learns several tasks; a checkpoint or an adapter for each comes out, in folders of the tasks' names.</summary>
public static class MultiTaskFinetuning
{
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
        foreach (var (part, own) in recipe.Tasks.Zip(samples))
        {
            own.WriteTest(files.TestOf(part.Name));
        }

        torch.random.manual_seed(recipe.Seed);
        List<TaskModel> tuned = [];
        List<TrainingBatches> batches = [];
        try
        {
            foreach (var (part, own) in recipe.Tasks.Zip(samples))
            {
                tuned.Add(Begin(recipe, part, own, tuned.FirstOrDefault()));
                batches.Add(new(tuned[^1].Task, own.Training, part.Data.Images, recipe.Training.BatchSize ?? Finetuning.DefaultBatch, recipe.Seed, logger));
            }

            return Train(recipe, files, tuned, samples, new(batches.ConvertAll(task => task.Source), [.. recipe.Tasks.Select(part => part.Weight)], (ulong)recipe.Seed), observers, logger, cancellation);
        }
        finally
        {
            batches.ForEach(task => task.Dispose());
            // The others stand on its backbone.
            tuned.FirstOrDefault()?.Dispose();
        }
    }

    private static RunResult Train(
        MultiTaskRecipe recipe, RunFiles files, List<TaskModel> tuned, LabeledSamples[] samples, TaskBatches source,
        IReadOnlyList<IRunObserver>? observers, ILogger? logger, CancellationToken cancellation)
    {
        var joint = new JointTasks([.. recipe.Tasks.Zip(tuned, (part, task) => KeyValuePair.Create(part.Name, task.Task))]);
        using var adapters = Adapt(recipe.Adaptation, tuned);
        Objective objective = adapters is null ? joint : new AdaptedObjective(joint, adapters, tuned.Where(task => !Owns(task)).Select(task => task.Model.Head));
        // Of the tasks, that with the longest samples; the other heads, which are small, are left out.
        var length = recipe.Tasks.Zip(tuned, (part, task) => Finetuning.KnownLength(task.Model, TaskCatalog.Tasks[part.Task.Type].Modality)).Max();
        var needs = MemoryNeeds.Of(tuned[0].Model, (long)(recipe.Training.BatchSize ?? Finetuning.DefaultBatch) * length);
        MemoryBudget.Check(needs, recipe.Training, logger);
        var options = TrainingPlan.Options(recipe.Training, recipe.Name, recipe.Seed, source.BatchesPerEpoch, Finetuning.DefaultRate(recipe.Adaptation), tuned[0].Model.Family.Modality)
            with { Cost = tuned.Select(task => task.Model.HeadKind).Distinct().Count() == 1 ? MachineUse.Of(tuned[0].Model, needs.Model, length, recipe.Training) : null };
        var (validation, test) = (Evaluators(part => part.Validation), Evaluators(part => part.Test));
        var recorder = new RunRecorder(files, objective, logger);
        var watchers = RunObservers.Of(files, recorder, observers, logger);
        var trainer = new Trainer(options, [watchers], new CheckpointKeeper(KeepBest), logger: logger, control: new ControlFile(files.Folder, logger: logger));
        var result = trainer.Run(objective, source, Evaluator(validation), files.Folder, cancellation);
        if (result.Interrupted)
        {
            throw new OperationCanceledException($"{recipe.Name} was interrupted after step {result.Step}; the same command goes on.", cancellation);
        }

        var chosen = recipe.Tasks.SelectMany((part, i) => Finetuning.Calibrated(Classes(i), part.Task.Bind(TaskCatalog.Tasks[part.Task.Type].OptionsType), validation[i])
            .Select(number => KeyValuePair.Create($"{part.Name}_{number.Key}", number.Value))).ToList();
        Save(files.Checkpoint);
        var scores = Evaluator(test).Evaluate(cancellation).Concat(chosen).ToDictionary(StringComparer.Ordinal);
        Pretraining.WriteScores(files.Scores, scores);
        recorder.Complete(recipe.Name, recipe.Seed, string.Join(", ", recipe.Tasks.Select(part => part.Task.Type).Distinct()), scores);
        return new(files, result, scores);

        // A head alone is what adapts the backbone's features to its task, whatever kind it is of; beside adapters those over the vocabulary stand still.
        bool Owns(TaskModel task) => recipe.Adaptation.Kind == AdaptationKind.HeadOnly || Finetuning.OwnsHead(task.Model);

        ClassOutputs? Classes(int task) => (tuned[task].Task as IClassification)?.Outputs;

        TaskEvaluator[] Evaluators(Func<LabeledSamples, IReadOnlyList<Sample>> of) => [.. tuned.Select((task, i) => new TaskEvaluator(task.Task, of(samples[i])))];

        MultiTaskEvaluator Evaluator(TaskEvaluator[] parts) => new([.. recipe.Tasks.Zip(parts, (part, own) => KeyValuePair.Create(part.Name, own))]);

        // What is chosen on the validation samples holds for the weights of that evaluation alone.
        void KeepBest()
        {
            for (var i = 0; i < tuned.Count; i++)
            {
                Classes(i)?.Calibrate(validation[i].Samples, validation[i].Answers);
            }

            Save(files.Best);
            for (var i = 0; i < tuned.Count; i++)
            {
                Classes(i)?.Uncalibrate();
            }
        }

        void Save(string folder)
        {
            foreach (var (i, part) in recipe.Tasks.Index())
            {
                var (task, own) = (tuned[i], Path.Combine(folder, part.Name));
                if (adapters is null)
                {
                    Checkpoint.Save(task.Model, own, task.SaveFiles);
                }
                else
                {
                    TaskModel.SaveAdapter(adapters.Beside(Owns(task)), task.Model, own, recipe.Checkpoint, Classes(i) is null ? null : task.Task.SaveFiles);
                }
            }
        }
    }

    // The tasks share the backbone, and so its adapters, however many heads are trained with them.
    private static AdapterSet? Adapt(AdaptationRecipe adaptation, List<TaskModel> tuned)
    {
        if (adaptation.Kind == AdaptationKind.HeadOnly)
        {
            // Each must have a head that can be trained alone.
            return tuned.ConvertAll(task => AdapterSet.HeadOnly(task.Model))[0];
        }

        return adaptation.Adapters() is { } form ? Finetuning.Attach(tuned[0].Model, form) : null;
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
