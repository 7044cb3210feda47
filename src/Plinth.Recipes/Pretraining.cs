using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Layers.Distillation;
using Plinth.Models;
using Plinth.Models.Inspection;
using Plinth.Objectives;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Records;
using Plinth.Recipes.Reports;
using Plinth.Recipes.Vision;
using Plinth.Recipes.Watching;
using Plinth.Training;
using Plinth.Training.Control;
using Plinth.Training.Observers;
using TorchSharp;

namespace Plinth.Recipes;

/// <summary>What a run left behind.</summary>
/// <param name="Files">Its folder.</param>
/// <param name="Training">What the trainer says of this session.</param>
/// <param name="Scores">The final scores.</param>
public sealed record RunResult(RunFiles Files, TrainingResult Training, IReadOnlyDictionary<string, double> Scores);

/// <summary>Composes a pre-training run of its recipe: text or pictures, model, objective, trainer, checkpoint.</summary>
public static class Pretraining
{
    // Evaluation needs no gradients, so a few more sequences fit.
    private const int EvaluationBatch = 32;

    /// <summary>Runs a recipe. Run again after an interruption, it goes on where it stopped.</summary>
    /// <param name="recipe">The run.</param>
    /// <param name="observers">Who watches, beside the log and TensorBoard files of the run.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <param name="cancellation">Ends the run after the step at hand; its state is kept.</param>
    /// <exception cref="PlinthException">The recipe, the data or the folder cannot be used.</exception>
    public static RunResult Run(
        PretrainingRecipe recipe, IReadOnlyList<IRunObserver>? observers = null, ILogger? logger = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        PretrainingData data = ObjectiveOf(recipe).Entry.Input.HasFlag(Modality.Image)
            ? PicturePretrainingData.Read(recipe, Begin, logger, cancellation)
            : TextPretrainingData.Read(recipe, Begin, logger, Encoding(observers), cancellation);
        return Run(recipe, Begin(), data, true, observers, logger, cancellation);

        // The data is read first, so that a wrong path leaves no folder behind.
        RunFiles Begin() => Open(recipe.RunFolder(), RecipeWriter.Write(recipe));
    }

    /// <summary>Runs a recipe on text and a tokenizer that are in memory already.</summary>
    /// <param name="recipe">The run; what it says of data and tokenizer is for the record.</param>
    /// <param name="text">Documents to learn from, and held out.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="observers">Who watches, beside the log and TensorBoard files of the run.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <param name="cancellation">Ends the run after the step at hand; its state is kept.</param>
    public static RunResult Run(
        PretrainingRecipe recipe, CorpusSplit text, Tokenizer tokenizer,
        IReadOnlyList<IRunObserver>? observers = null, ILogger? logger = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var files = Open(recipe.RunFolder(), RecipeWriter.Write(recipe));
        return Run(recipe, files, new TextPretrainingData(text, tokenizer, files, logger, Encoding(observers)), false, observers, logger, cancellation);
    }

    private static RunResult Run(
        PretrainingRecipe recipe, RunFiles files, PretrainingData data, bool isFromRecipe, IReadOnlyList<IRunObserver>? observers, ILogger? logger, CancellationToken cancellation)
    {
        var family = ModelCatalog.Families[recipe.Model.Family];
        var (entry, component) = ObjectiveOf(recipe);
        var objectiveOptions = entry.OptionsType is null ? null : component.Bind(entry.OptionsType);

        torch.random.manual_seed(recipe.Seed);
        var dial = recipe.Model.Dial();
        var config = Config(family, recipe.Model, data.Tokenizer);
        // Once before its weights take memory, and once more when the length of its input is known.
        var sizes = ModelInspection.Of(family, config, entry.Head);
        recipe.Distillation?.Check();
        var needs = new MemoryNeeds(sizes, 0) { TeacherBytes = recipe.Distillation?.WeightBytes(entry.Head) ?? 0 };
        MemoryBudget.Check(needs, recipe.Training, logger);
        using var model = new Model(family, config, entry.Head);
        var transfer = recipe.WidthTransfer?.Begin(recipe, model, data.Tokenizer);
        var length = data.LengthOf(recipe.Model, model);
        var batchSize = recipe.Training.BatchSize ?? Math.Max(1, dial.BatchTokens / length / recipe.Training.Accumulation);
        MemoryBudget.Check(needs with { Elements = (long)batchSize * length, OwnedBytes = MemoryNeeds.BytesOf(model) }, recipe.Training, logger);
        using var learnt = entry.Create(model, data.Roles, objectiveOptions);
        using var teacher = recipe.Distillation?.Load(entry.Head, data.Tokenizer);
        using var objective = teacher is null ? learnt : Distilled(learnt, new(teacher.Model, recipe.Distillation!.Temperature, recipe.Distillation.Weight), length);
        using var batches = data.Batches(new(recipe, entry, component, objectiveOptions, length), batchSize, EvaluationBatch, cancellation);
        var training = batches.Training.Source;
        using var answering = data.TaskOf(model, entry);
        var evaluator = batches.Validation is { } heldOut
            ? data.WithSamples(WithAnswers(new(heldOut.Source, Math.Max(1, recipe.Training.EvaluationSequences / EvaluationBatch)), answering, data.HeldOut(recipe.Training.EvaluationSequences)), model)
            : null;

        var options = TrainingPlan.Options(recipe.Training, recipe.Name, recipe.Seed, training.BatchesPerEpoch, dial.LearningRate, entry.Input) with { Cost = MachineUse.Of(model, sizes, length, recipe.Training) };
        options = transfer is null ? options : WidthTransferRecipe.Apply(options, transfer, objective);
        var recorder = new RunRecorder(files, objective, logger, data.Hashes);
        var watchers = RunObservers.Of(files, recorder, observers, logger);
        void Save(string folder) => Checkpoint.Save(model, folder, data.Processor.Save);
        var trainer = new Trainer(options, [watchers], new CheckpointKeeper(() => Save(files.Best)), logger: logger, control: new ControlFile(files.Folder, logger: logger));
        var result = trainer.Run(objective, training, evaluator, files.Folder, cancellation);
        if (result.Interrupted)
        {
            throw new OperationCanceledException($"{recipe.Name} was interrupted after step {result.Step}; the same command goes on.", cancellation);
        }

        Save(files.Checkpoint);
        var scores = result.Scores;
        WriteScores(files.Scores, scores);
        if (data.Sections(recipe, learnt) is { Count: > 0 } sections)
        {
            RunReport.Write(files, recipe.Name, scores, sections);
        }

        recorder.Complete(recipe.Name, recipe.Seed, null, scores, isFromRecipe);
        return new(files, result, scores);
    }

    private static DistilledObjective Distilled(Objective learnt, Teacher teacher, int length) => teacher.Model.Backbone.MaximumLength >= length ? new(learnt, teacher)
        : throw new RecipeException($"distillation: the teacher reads at most {teacher.Model.Backbone.MaximumLength} tokens, and the sequences of this run have {length}. Set model.maximum_length to at most that.");

    // Who watches may also want to know how far the text is encoded.
    private static IProgress<EncodeProgress>? Encoding(IReadOnlyList<IRunObserver>? observers) => observers?.OfType<IProgress<EncodeProgress>>().FirstOrDefault();

    // What a model can answer without further training is measured beside the loss.
    private static IEvaluator WithAnswers(LossEvaluator loss, ModelTask? task, IReadOnlyList<Sample> samples) =>
        task is null ? loss : new JoinedEvaluator(loss, new TaskEvaluator(task, samples));

    // Pictures meet a text at the token that ends it.
    private static int? EndOf(Tokenizer? tokenizer) => tokenizer is null ? null : tokenizer.AddSpecial([]).Ids is [.., var last] ? last
        : throw new RecipeException("The tokenizer adds no token that ends a text, from which models of texts and pictures read it off. Train one with tokenizer.kind = word_piece or byte_level_bpe, or take another that exists.");

    /// <summary>The objective of a recipe, and its options.</summary>
    internal static (ObjectiveEntry Entry, Component Component) ObjectiveOf(PretrainingRecipe recipe)
    {
        var family = ModelCatalog.Families[recipe.Model.Family];
        var component = recipe.Objective ?? new Component(Default(family));
        var entry = ObjectiveCatalog.Objectives[component.Type];
        return entry.Input == family.Modality ? (entry, component)
            : throw new RecipeException($"The objective {entry.Name} learns from {entry.Input}, and '{family.ModelType}' takes in {family.Modality}. Choose another of either.");
    }

    private static string Default(ModelFamily family) => family switch
    {
        { Modality: Modality.Text } => family.IsCausal ? "causal_lm" : "masked_lm",
        { Modality: Modality.Image } => family.Architectures.ContainsKey(HeadKind.MaskedImageModeling) ? "masked_autoencoding" : "self_distillation",
        _ => "image_text_contrastive",
    };

    /// <summary>Makes the run's folder and keeps the resolved recipe in it.</summary>
    internal static RunFiles Open(string folder, string recipe)
    {
        var files = new RunFiles(folder);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PlinthException($"The folder {folder} of the run cannot be made: {error.Message} Choose another with folder=PATH.", error);
        }

        AtomicFile.WriteText(files.Recipe, recipe);
        return files;
    }

    /// <summary>Writes scores as JSON.</summary>
    internal static void WriteScores(string path, IReadOnlyDictionary<string, double> scores) => AtomicFile.WriteText(
        path, new JsonObject(scores.Select(score => KeyValuePair.Create<string, JsonNode?>(score.Key, double.IsFinite(score.Value) ? score.Value : null)))
            .ToJsonString(new() { WriteIndented = true }));

    /// <summary>The config of a fresh model, with the ids of the tokenizer, if it has one, and the recipe's own fields.</summary>
    internal static ModelConfig Config(ModelFamily family, ModelRecipe recipe, Tokenizer? tokenizer)
    {
        var vocabulary = tokenizer?.VocabularySize ?? 0;
        var shaped = (family.Modality.HasFlag(Modality.Image), family.IsCausal) switch
        {
            // One id more, which the tokenizer never makes, stands for pictures.
            (true, true) => family.Shape(recipe.Shape(vocabulary + 1)),
            (true, false) => family.Shape(recipe.Shape(vocabulary, EndOf(tokenizer))),
            _ => family.Shape(recipe.Shape(vocabulary)),
        };
        if (tokenizer is not null && (family.Modality == Modality.Text || family.IsCausal))
        {
            shaped = shaped with
            {
                PadTokenId = tokenizer.PadId ?? tokenizer.EndId,
                BosTokenId = tokenizer.BeginId ?? tokenizer.ClassId,
                EosTokenId = tokenizer.EndId is { } end ? JsonValue.Create(end) : null,
            };
        }

        return recipe.Config.Count == 0 ? shaped : ConfigFields.Apply(family, shaped, recipe.Config);
    }
}
