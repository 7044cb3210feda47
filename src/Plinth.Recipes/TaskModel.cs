using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;
using Plinth.Data.Text;
using Plinth.Data.Vision;
using Plinth.Layers.Adapters;
using Plinth.Models;
using Plinth.Recipes.Vision;
using Plinth.Tasks;

namespace Plinth.Recipes;

/// <summary>A task on a model that was loaded from a folder: a whole checkpoint, or an adapter with the checkpoint it names.</summary>
public sealed class TaskModel : IDisposable
{
    private TaskModel(TaskEntry entry, Model model, IProcessor processor, ModelTask task, AdapterSet? adapters, LoadReport report)
    {
        Entry = entry;
        Model = model;
        Processor = processor;
        Task = task;
        Adapters = adapters;
        Report = report;
    }

    /// <summary>The catalog's entry.</summary>
    public TaskEntry Entry { get; }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>What makes its input of samples: tokenizer or image processor.</summary>
    public IProcessor Processor { get; }

    /// <summary>Its tokenizer.</summary>
    /// <exception cref="InvalidCastException">The model reads no text; the task's modality says so.</exception>
    public Tokenizer Tokenizer => (Tokenizer)PictureTextProcessor.Part(Processor, Modality.Text);

    /// <summary>The task.</summary>
    public ModelTask Task { get; }

    /// <summary>The active adapters, or null.</summary>
    public AdapterSet? Adapters { get; }

    /// <summary>What loading did.</summary>
    public LoadReport Report { get; }

    /// <summary>Loads a folder that was adapted to a task already.</summary>
    /// <param name="task">Name of the task.</param>
    /// <param name="folder">Checkpoint or adapter.</param>
    /// <param name="options">The task's options, of its record, or null.</param>
    /// <exception cref="PlinthException">The folder cannot be loaded or was not made for the task.</exception>
    public static TaskModel Load(string task, string folder, object? options = null)
    {
        var entry = TaskCatalog.Tasks[task];
        var made = FolderModel.Load(folder, entry.Head).Guarded(loaded => Create(entry, new(loaded.Model, loaded.Report), loaded.Processor, options, loaded.Adapters));
        return made.Guarded(() =>
        {
            made.Task.LoadFiles(folder);
            return made;
        });
    }

    /// <summary>Puts a task with a fresh head on a pre-trained model, to be fine-tuned.</summary>
    /// <param name="task">Name of the task.</param>
    /// <param name="folder">The pre-trained checkpoint.</param>
    /// <param name="labels">Classes of the data set, or null where the task has none.</param>
    /// <param name="fromScratch">Whether the weights stay random, for comparison.</param>
    /// <param name="options">The task's options, of its record, or null.</param>
    /// <param name="background">The colour that transparent pixels are laid over, from now on; null takes the checkpoint's.</param>
    public static TaskModel Begin(string task, string folder, IReadOnlyList<string>? labels, bool fromScratch = false, object? options = null, RgbColor? background = null)
    {
        var entry = EntryFor(task, labels);
        var loadOptions = new CheckpointOptions { Head = entry.Head, Labels = labels, AllowFreshHead = true, Configure = config => Stating(config, options) };
        if (!fromScratch)
        {
            var loaded = Checkpoint.Load(folder, ModelCatalog.Families, loadOptions);
            return Create(entry, loaded, Prepared(loaded.Model.Family), options, null);
        }

        var (family, config) = Checkpoint.ReadConfig(folder, ModelCatalog.Families, entry.Head);
        return Random(entry, family, config, Prepared(family), labels, options);

        IProcessor Prepared(ModelFamily of) => ImageProcessors.Over(Processors.Load(folder, of.Modality), background);
    }

    /// <summary>Puts a task on a model that is built, to be trained from nothing.</summary>
    /// <param name="task">Name of the task.</param>
    /// <param name="recipe">The model.</param>
    /// <param name="processor">What makes its input of samples.</param>
    /// <param name="labels">Classes of the data set, or null where the task has none.</param>
    /// <param name="options">The task's options, of its record, or null.</param>
    public static TaskModel Build(string task, ModelRecipe recipe, IProcessor processor, IReadOnlyList<string>? labels, object? options = null)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(processor);
        var family = ModelCatalog.Families[recipe.Family];
        return Random(EntryFor(task, labels), family, Pretraining.Config(family, recipe, PictureTextProcessor.Part(processor, Modality.Text) as Tokenizer), processor, labels, options);
    }

    /// <summary>Puts another task with a fresh head on the same backbone, which stays owned by this one.</summary>
    /// <param name="task">Name of the task.</param>
    /// <param name="labels">Classes of the data set, or null where the task has none.</param>
    /// <param name="options">The task's options, of its record, or null.</param>
    public TaskModel Beside(string task, IReadOnlyList<string>? labels, object? options = null)
    {
        var entry = EntryFor(task, labels);
        var config = Stating(labels is null ? Model.Config : Model.Config.WithLabels(labels), options);
        return Create(entry, new(new Model(Model, config, entry.Head), new([], [])), Processor, options, null);
    }

    /// <summary>Writes what belongs into a checkpoint folder beside weights and config: the processor, and what the task says of itself.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    public void SaveFiles(string folder)
    {
        Processor.Save(folder);
        Task.SaveFiles(folder);
    }

    /// <summary>Saves the adapter, with the head that belongs to it, and the config that names the classes.</summary>
    /// <param name="adapters">The adapters.</param>
    /// <param name="model">The model that they sit on.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="baseFolder">The checkpoint under them; recorded relative to the adapter, so that both may move together.</param>
    /// <param name="alsoWrite">Writes what belongs beside it into the folder whose path it is given; or null.</param>
    public static void SaveAdapter(AdapterSet adapters, Model model, string folder, string baseFolder, Action<string>? alsoWrite = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var relative = Path.GetRelativePath(Path.GetFullPath(folder), Path.GetFullPath(baseFolder)).Replace('\\', '/');
        AdapterFiles.Save(adapters, model, folder, relative, fresh =>
        {
            AtomicFile.WriteText(Path.Combine(fresh, Checkpoint.ConfigFile), model.Config.ToJsonText());
            alsoWrite?.Invoke(fresh);
        });
    }

    /// <summary>Makes something of the loaded model; frees the model when that fails.</summary>
    internal T Guarded<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Adapters?.Dispose();
        Task.Dispose();
        Model.Dispose();
    }

    private static TaskEntry EntryFor(string task, IReadOnlyList<string>? labels)
    {
        var entry = TaskCatalog.Tasks[task];
        return entry.NeedsClasses && labels is not { Count: > 0 }
            ? throw new BadInputException($"The task {task} needs classes, and the samples have no labels. Name their column.")
            : entry;
    }

    private static TaskModel Random(TaskEntry entry, ModelFamily family, ModelConfig config, IProcessor processor, IReadOnlyList<string>? labels, object? options) =>
        Create(entry, new(new Model(family, Stating(labels is null ? config : config.WithLabels(labels), options), entry.Head), new([], [])), processor, options, null);

    // What is asked for stands in the config, so that whoever loads the folder need not be told.
    private static ModelConfig Stating(ModelConfig config, object? options) => options is IClassificationOptions { Kind: { } kind }
        ? config with { ProblemType = ProblemTypes.NameOf(kind) }
        : config;

    private static TaskModel Create(TaskEntry entry, LoadedModel loaded, IProcessor processor, object? options, AdapterSet? adapters) => loaded.Model.Family.Modality.HasFlag(entry.Modality)
        ? new(entry, loaded.Model, processor, entry.Create(loaded.Model, PictureTextProcessor.Part(processor, entry.Modality), options), adapters, loaded.Report)
        : throw new CheckpointException($"The task {entry.Name} is about {entry.Modality.ToString().ToLowerInvariant()}, which a '{loaded.Model.Family.ModelType}' does not take in. Choose another model or another task.");
}
