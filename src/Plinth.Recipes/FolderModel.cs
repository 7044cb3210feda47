using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Data.Vision;
using Plinth.Layers.Adapters;
using Plinth.Models;

namespace Plinth.Recipes;

/// <summary>A model with its processor, loaded from a checkpoint, or from an adapter with the checkpoint it names.</summary>
public sealed class FolderModel : IDisposable
{
    private FolderModel(string baseFolder, LoadedModel loaded, IProcessor processor, AdapterSet? adapters) =>
        (BaseFolder, Model, Report, Processor, Adapters) = (baseFolder, loaded.Model, loaded.Report, processor, adapters);

    /// <summary>Where model and tokenizer lie.</summary>
    public string BaseFolder { get; }

    /// <summary>The model.</summary>
    public Model Model { get; }

    /// <summary>What loading did.</summary>
    public LoadReport Report { get; }

    /// <summary>What makes its input of samples.</summary>
    public IProcessor Processor { get; }

    /// <summary>Its tokenizer.</summary>
    /// <exception cref="CheckpointException">The model reads no text.</exception>
    public Tokenizer Tokenizer => PictureTextProcessor.Part(Processor, Modality.Text) as Tokenizer
        ?? throw new CheckpointException($"{BaseFolder}: a '{Model.Family.ModelType}' reads no text. Choose a task on pictures.");

    /// <summary>What makes values of pictures.</summary>
    /// <exception cref="CheckpointException">The model sees no pictures, or its folder has no image processor.</exception>
    public ImageProcessor Images => PictureTextProcessor.Part(Processor, Modality.Image) as ImageProcessor
        ?? throw new CheckpointException($"{BaseFolder}: a task on pictures needs a model that sees and its {ImageProcessor.FileName}. This is a '{Model.Family.ModelType}'.");

    /// <summary>The active adapters, or null.</summary>
    public AdapterSet? Adapters { get; }

    /// <summary>Loads a folder.</summary>
    /// <param name="folder">Checkpoint or adapter.</param>
    /// <param name="head">The head to put on the backbone; null takes the one that the checkpoint was saved with.</param>
    /// <exception cref="PlinthException">The folder cannot be loaded.</exception>
    public static FolderModel Load(string folder, HeadKind? head = null)
    {
        var isAdapter = AdapterFiles.IsAdapter(folder);
        var baseFolder = CheckpointOf(folder);
        var own = isAdapter && File.Exists(Path.Combine(folder, Checkpoint.ConfigFile)) ? Checkpoint.ReadConfig(folder, ModelCatalog.Families).Config : null;
        var loaded = Checkpoint.Load(
            baseFolder, ModelCatalog.Families, new()
            {
                Head = head,
                Labels = own?.Labels,
                Configure = config => own is null ? config : config with { ProblemType = own.ProblemType },
                AllowFreshHead = isAdapter && AdapterFiles.HasHead(folder),
            });
        AdapterSet? adapters = null;
        try
        {
            adapters = isAdapter ? AdapterFiles.Load(folder, loaded.Model) : null;
            adapters?.Activate();
            return new(baseFolder, loaded, Processors.Load(baseFolder, loaded.Model.Family.Modality), adapters);
        }
        catch
        {
            adapters?.Dispose();
            loaded.Model.Dispose();
            throw;
        }
    }

    /// <summary>Where the model of a folder lies: that an adapter was trained on, or the folder itself.</summary>
    /// <exception cref="CheckpointException">What an adapter was trained on is not there.</exception>
    public static string CheckpointOf(string folder) => AdapterFiles.IsAdapter(folder) ? BaseOf(folder) : folder;

    /// <summary>The checkpoint that an adapter was trained on.</summary>
    /// <exception cref="CheckpointException">It is not there.</exception>
    public static string BaseOf(string adapterFolder)
    {
        var named = AdapterFiles.BaseModel(adapterFolder);
        string[] candidates = [Path.Combine(adapterFolder, named), named];
        return candidates.FirstOrDefault(candidate => named.Length > 0 && Directory.Exists(candidate))
            ?? throw new CheckpointException(
                $"{adapterFolder}: the model '{named}' that this adapter was trained on is neither a folder beside it nor one here. Put it there, or correct base_model_name_or_path.");
    }

    /// <summary>Makes something of the loaded model; frees the model when that fails.</summary>
    internal T Guarded<T>(Func<FolderModel, T> make)
    {
        try
        {
            return make(this);
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
        Model.Dispose();
    }
}
