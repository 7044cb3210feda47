using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Layers.Adapters;
using Plinth.Models;
using Plinth.Recipes;

namespace Plinth.Cli.Commands;

/// <summary>A causal language model that was loaded from a checkpoint, or from an adapter with the checkpoint it names.</summary>
internal sealed class CausalFolder : IDisposable
{
    private readonly AdapterSet? adapters;

    private CausalFolder(string baseFolder, Model model, Tokenizer tokenizer, AdapterSet? adapters) =>
        (BaseFolder, Model, Tokenizer, this.adapters) = (baseFolder, model, tokenizer, adapters);

    /// <summary>Where model and tokenizer lie.</summary>
    public string BaseFolder { get; }

    public Model Model { get; }

    public Tokenizer Tokenizer { get; }

    /// <exception cref="PlinthException">The folder cannot be loaded.</exception>
    public static CausalFolder Load(string folder)
    {
        var baseFolder = AdapterFiles.IsAdapter(folder) ? TaskModel.BaseOf(folder) : folder;
        var model = Checkpoint.Load(baseFolder, ModelCatalog.Families).Model;
        AdapterSet? adapters = null;
        try
        {
            adapters = AdapterFiles.IsAdapter(folder) ? AdapterFiles.Load(folder, model) : null;
            adapters?.Activate();
            return new(baseFolder, model, TokenizerFiles.Load(baseFolder), adapters);
        }
        catch
        {
            adapters?.Dispose();
            model.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        adapters?.Dispose();
        Model.Dispose();
    }
}
