using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Data.Vision;
using Plinth.Layers;
using Plinth.Layers.Adapters;
using Plinth.Layers.Distillation;
using Plinth.Models;
using Plinth.Models.Inspection;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Records;
using Plinth.Recipes.Reports;
using Plinth.Recipes.Vision;
using Plinth.Recipes.Watching;
using Plinth.Tasks;
using Plinth.Training;
using Plinth.Training.Control;
using Plinth.Training.Observers;
using TorchSharp;

namespace Plinth.Recipes;

/// <summary>Composes a fine-tuning run of its recipe: a checkpoint or a model to build, a task, labeled samples; an adapted checkpoint or an adapter comes out.</summary>
public static class Finetuning
{
    /// <summary>Samples of a batch where the recipe says nothing.</summary>
    internal const int DefaultBatch = 32;

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
        recipe.Check();
        var entry = TaskCatalog.Tasks[recipe.Task.Type];
        var taskOptions = recipe.Task.Bind(entry.OptionsType);
        var chat = RecipeChat.Encoder(recipe, taskOptions);
        var samples = LabeledSamples.Read(recipe.Data, recipe.Seed, chat, entry);
        var files = Pretraining.Open(recipe.RunFolder(), RecipeWriter.Write(recipe));
        samples.WriteTest(files.Test);

        torch.random.manual_seed(recipe.Seed);
        var labels = entry.NeedsClasses ? samples.Labels : null;
        using var tuned = recipe.Model is { } built
            ? TaskModel.Build(recipe.Task.Type, built, ProcessorFor(recipe, built, samples, files, cancellation), labels, taskOptions)
            : TaskModel.Begin(recipe.Task.Type, recipe.Checkpoint!, labels, recipe.FromScratch, taskOptions, recipe.Data.Images?.Background);
        using var adapters = recipe.Adaptation.Kind == AdaptationKind.HeadOnly ? AdapterSet.HeadOnly(tuned.Model)
            : recipe.Adaptation.Adapters() is { } form ? Attach(tuned.Model, form) : null;
        var length = KnownLength(tuned.Model, entry.Modality);
        var needs = MemoryNeeds.Of(tuned.Model, (long)(recipe.Training.BatchSize ?? DefaultBatch) * length);
        MemoryBudget.Check(needs with { TeacherBytes = recipe.Distillation?.WeightBytes(entry.Head) ?? 0 }, recipe.Training, logger);
        using var teacher = recipe.Distillation is { } taught ? FolderModel.Load(taught.Teacher, entry.Head) : null;
        Objective learnt = teacher is null ? tuned.Task : new DistilledObjective(tuned.Task, new(teacher.Model, recipe.Distillation!.Temperature, recipe.Distillation.Weight));
        var objective = adapters is null ? learnt : new AdaptedObjective(learnt, adapters);
        using var batches = new TrainingBatches(tuned.Task, samples.Training, recipe.Data.Images, recipe.Training.BatchSize ?? DefaultBatch, recipe.Seed, logger);
        var options = TrainingPlan.Options(recipe.Training, recipe.Name, recipe.Seed, batches.Source.BatchesPerEpoch, DefaultRate(recipe), entry.Modality) with { Cost = MachineUse.Of(tuned.Model, needs.Model, length, recipe.Training) };
        var classes = (tuned.Task as IClassification)?.Outputs;
        void Save(string folder)
        {
            if (adapters is null)
            {
                Checkpoint.Save(tuned.Model, folder, tuned.SaveFiles);
            }
            else
            {
                TaskModel.SaveAdapter(adapters, tuned.Model, folder, recipe.Checkpoint!, classes is null ? null : tuned.Task.SaveFiles);
            }
        }

        void Keep(string folder)
        {
            Save(folder);
            chat?.Template.Save(folder);
        }

        // What is chosen on the validation samples holds for the weights of that evaluation alone.
        void KeepBest(TaskEvaluator evaluated)
        {
            classes?.Calibrate(evaluated.Samples, evaluated.Answers);
            Keep(files.Best);
            classes?.Uncalibrate();
        }

        var validation = new TaskEvaluator(tuned.Task, samples.Validation);
        var test = new TaskEvaluator(tuned.Task, samples.Test);
        var before = recipe.ScoreBefore ? test.Evaluate() : new Dictionary<string, double>();

        var recorder = new RunRecorder(files, objective, logger);
        var watchers = RunObservers.Of(files, recorder, observers, logger);
        var trainer = new Trainer(options, [watchers], new CheckpointKeeper(() => KeepBest(validation)), logger: logger, control: new ControlFile(files.Folder, logger: logger));
        var result = trainer.Run(objective, batches.Source, validation, files.Folder, cancellation);
        if (result.Interrupted)
        {
            throw new OperationCanceledException($"{recipe.Name} was interrupted after step {result.Step}; the same command goes on.", cancellation);
        }

        var chosen = Calibrated(classes, taskOptions, validation);
        Keep(files.Checkpoint);
        var scores = test.Evaluate().Concat(chosen).Concat(before.Select(score => KeyValuePair.Create($"before_{score.Key}", score.Value))).ToDictionary(StringComparer.Ordinal);
        Pretraining.WriteScores(files.Scores, scores);
        if (entry.Modality == Modality.Image && classes is not null)
        {
            // Answered once more, because the last state may be newer than the last evaluation, and calibrated.
            validation.Evaluate();
            RunReport.Write(files, recipe.Name, scores, [AnsweredPictures.Section([.. samples.Validation.Cast<ImageSample>()], validation.Answers, classes, tuned.Model.Config.Labels)]);
        }

        recorder.Complete(recipe.Name, recipe.Seed, recipe.Task.Type, scores);
        return new(files, result, scores);
    }

    /// <summary>Positions of a sample: texts may be short, and only pictures have a length that is known.</summary>
    internal static int KnownLength(Model model, Modality modality) => modality == Modality.Image ? model.Backbone.MaximumLength : 1;

    // Chooses what the task is to choose on its validation samples, and tells how much that was worth there.
    internal static IEnumerable<KeyValuePair<string, double>> Calibrated(ClassOutputs? classes, object? options, TaskEvaluator validation)
    {
        if (classes is null || options is not IClassificationOptions { Calibration: not null })
        {
            return [];
        }

        validation.Evaluate();
        classes.Calibrate(validation.Samples, validation.Answers);
        return
        [
            new("temperature", classes.Calibration!.Temperature),
            new("validation_calibration_error_before", classes.Calibration.ErrorBefore),
            new("validation_calibration_error", classes.Calibration.Error),
        ];
    }

    /// <summary>Puts fresh adapters on the projections of the backbone. A task's head is new and goes with them; a head over the vocabulary is not.</summary>
    internal static AdapterSet Attach(Model model, AdapterOptions form)
    {
        var set = new AdapterSet(model, form, withHead: OwnsHead(model));
        set.Activate();
        return set;
    }

    /// <summary>Whether a model's head is its task's own, and goes with the adapters.</summary>
    internal static bool OwnsHead(Model model) =>
        model.HeadKind is not (HeadKind.None or HeadKind.CausalLanguageModeling or HeadKind.SequenceToSequence or HeadKind.MaskedLanguageModeling);

    private static IProcessor ProcessorFor(FinetuningRecipe recipe, ModelRecipe model, LabeledSamples samples, RunFiles files, CancellationToken cancellation)
    {
        var family = ModelCatalog.Families[model.Family];
        Tokenizer Words() => TokenizerSource.Get(recipe.Tokenizer ?? new(), family, samples.TrainingTexts(), files.Tokenizer, null, cancellation);
        ImageProcessor Pictures() => ImageProcessors.Get(recipe.Processor ?? new(), model, recipe.Data.Images?.Background);
        return family.Modality switch
        {
            Modality.Image => Pictures(),
            Modality.Text => Words(),
            _ => new PictureTextProcessor(Words(), Pictures()),
        };
    }

    // Few weights bear, and need, a larger rate; random ones as in pre-training.
    private static double DefaultRate(FinetuningRecipe recipe) => recipe.Model is { } built ? built.Dial().LearningRate : DefaultRate(recipe.Adaptation);

    /// <summary>The learning rate where none is given and the weights come of a checkpoint.</summary>
    internal static double DefaultRate(AdaptationRecipe adaptation) => adaptation.Kind == AdaptationKind.Full ? 1e-4 : 1e-3;
}
