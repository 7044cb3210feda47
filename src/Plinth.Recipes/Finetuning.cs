using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text.Batching;
using Plinth.Layers.Adapters;
using Plinth.Recipes.Binding;
using Plinth.Tasks;
using Plinth.Training;
using Plinth.Training.Observers;
using TorchSharp;

namespace Plinth.Recipes;

/// <summary>Composes a fine-tuning run of its recipe: a checkpoint, a task, labeled samples; an adapted checkpoint or an adapter comes out.</summary>
public static class Finetuning
{
    private const int DefaultBatch = 32;

    /// <summary>Runs a recipe. Run again after an interruption, it goes on where it stopped.</summary>
    /// <param name="recipe">The run.</param>
    /// <param name="observers">Who watches, beside the log and TensorBoard files of the run.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <param name="cancellation">Ends the run after the step at hand; its state is kept.</param>
    /// <exception cref="PlinthException">The recipe, the checkpoint, the data or the folder cannot be used.</exception>
    public static RunResult Run(
        FinetuningRecipe recipe, IReadOnlyList<IRunObserver>? observers = null, ILogger? logger = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var entry = TaskCatalog.Tasks[recipe.Task.Type];
        var samples = LabeledSamples.Read(recipe.Data, recipe.Seed);
        var files = Pretraining.Open(recipe.RunFolder(), RecipeWriter.Write(recipe));

        torch.random.manual_seed(recipe.Seed);
        var taskOptions = recipe.Task.Bind(entry.OptionsType);
        using var tuned = TaskModel.Begin(recipe.Task.Type, recipe.Checkpoint, entry.NeedsClasses ? samples.Labels : null, recipe.FromScratch, taskOptions);
        using var adapters = recipe.Adaptation.Kind switch
        {
            AdaptationKind.LowRank => Attach(tuned.Model, recipe.Adaptation),
            AdaptationKind.HeadOnly => AdapterSet.HeadOnly(tuned.Model),
            _ => null,
        };
        Objective objective = adapters is null ? tuned.Task : new AdaptedObjective(tuned.Task, adapters);
        var batches = new SampleBatches(samples.Training, tuned.Task.Collate, recipe.Training.BatchSize ?? DefaultBatch, (ulong)recipe.Seed);
        var options = TrainingPlan.Options(recipe.Training, recipe.Name, recipe.Seed, batches.BatchesPerEpoch, DefaultRate(recipe.Adaptation.Kind));
        void Save(string folder)
        {
            if (adapters is null)
            {
                Checkpoint.Save(tuned.Model, folder, tuned.Tokenizer.Save);
            }
            else
            {
                TaskModel.SaveAdapter(adapters, tuned.Model, folder, recipe.Checkpoint);
            }
        }

        var tensorBoard = new TensorBoardObserver(files.TensorBoard);
        var watchers = new CompositeObserver([new JsonLinesObserver(files.Log), tensorBoard, .. observers ?? []], logger);
        var trainer = new Trainer(options, [watchers], new CheckpointKeeper(() => Save(files.Best)), logger: logger);
        var result = trainer.Run(objective, batches, new TaskEvaluator(tuned.Task, samples.Validation), files.Folder, cancellation);
        if (result.Interrupted)
        {
            throw new OperationCanceledException($"{recipe.Name} was interrupted after step {result.Step}; the same command goes on.", cancellation);
        }

        Save(files.Checkpoint);
        var scores = new TaskEvaluator(tuned.Task, samples.Test).Evaluate();
        Pretraining.WriteScores(files.Scores, scores);
        return new(files, result, scores);
    }

    /// <summary>Puts fresh low-rank adapters on every projection of the backbone. A task's head is new and goes with them; a head over the vocabulary is not.</summary>
    internal static AdapterSet Attach(Model model, AdaptationRecipe recipe)
    {
        var set = new AdapterSet(
            model, new() { Rank = recipe.Rank, Alpha = recipe.Alpha, Dropout = recipe.Dropout }, name => name.StartsWith("backbone.", StringComparison.Ordinal),
            withHead: model.HeadKind is not (HeadKind.None or HeadKind.CausalLanguageModeling or HeadKind.SequenceToSequence or HeadKind.MaskedLanguageModeling));
        set.Activate();
        return set;
    }

    // Few weights bear, and need, a larger rate.
    private static double DefaultRate(AdaptationKind kind) => kind == AdaptationKind.Full ? 1e-4 : 1e-3;
}
