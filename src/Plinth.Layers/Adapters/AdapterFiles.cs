using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>
/// An adapter as a folder in the form of Hugging Face peft: adapter_config.json and adapter_model.safetensors, with the
/// task's head inside when it belongs to the set (<c>modules_to_save</c>). A head alone is the same folder with an empty list of
/// <c>target_modules</c>, for which peft has no form of its own.
/// </summary>
public static class AdapterFiles
{
    /// <summary>The file with the sizes; its presence tells an adapter from a whole model.</summary>
    public const string ConfigFile = "adapter_config.json";

    internal const string WeightFile = "adapter_model.safetensors", VirtualTokensName = "prompt_embeddings", NamePrefix = "base_model.model.";

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool IsAdapter(string folder) => File.Exists(Path.Combine(folder, ConfigFile));

    /// <summary>The folder or name of the model that the adapter was trained on, as its config records it; may be empty.</summary>
    /// <exception cref="CheckpointException">The config cannot be read.</exception>
    public static string BaseModel(string folder) =>
        AdapterConfig.BaseModel(Checkpoint.ReadJson(Path.Combine(folder, ConfigFile)), Path.Combine(folder, ConfigFile));

    /// <summary>Whether the adapter brings a head of its own.</summary>
    /// <exception cref="CheckpointException">The config cannot be read.</exception>
    public static bool HasHead(string folder) => AdapterConfig.HasHead(Checkpoint.ReadJson(Path.Combine(folder, ConfigFile)));

    /// <summary>Saves an adapter; the folder is replaced as a whole.</summary>
    /// <param name="adapters">The adapter.</param>
    /// <param name="model">The model that it sits on.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="baseModel">Folder or name of the model, for the record.</param>
    /// <param name="alsoWrite">Writes what belongs beside it into the folder whose path it is given.</param>
    public static void Save(AdapterSet adapters, Model model, string folder, string baseModel, Action<string>? alsoWrite = null)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        ArgumentNullException.ThrowIfNull(model);
        AtomicFolder.Write(folder, fresh =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var weights = new List<KeyValuePair<string, Tensor>>();
            foreach (var (name, adapter) in adapters.Adapters)
            {
                weights.AddRange(adapter.Weights.Select(weight => KeyValuePair.Create(NamePrefix + ModuleName(model, name) + weight.Key, weight.Value.detach().contiguous())));
            }

            weights.AddRange(adapters.Tokens.Select(entry => KeyValuePair.Create(NameOfTokens(adapters, entry.Key), entry.Value.Weight.detach())));
            var heads = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var (name, parameter) in HeadParameters(model, adapters.IncludesHead))
            {
                var theirs = model.Keys.ToForeign(name).Name;
                heads.Add(theirs[..theirs.LastIndexOf('.')]);
                weights.Add(new(NamePrefix + theirs, parameter.detach()));
            }

            SafetensorsWriter.Write(Path.Combine(fresh, WeightFile), weights);
            AtomicFile.WriteText(Path.Combine(fresh, ConfigFile), AdapterConfig.Write(adapters, model, name => ModuleName(model, name), baseModel, heads).ToJsonString(new() { WriteIndented = true }));
            alsoWrite?.Invoke(fresh);
        });
    }

    /// <summary>Loads an adapter onto a model, with its head when it brings one; the adapter is not yet active.</summary>
    /// <param name="folder">The adapter.</param>
    /// <param name="model">The model; its head is overwritten by the adapter's.</param>
    /// <exception cref="CheckpointException">A file is malformed, asks for what is not supported, or does not fit the model.</exception>
    public static AdapterSet Load(string folder, Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        AtomicFolder.Recover(folder);
        var path = Path.Combine(folder, ConfigFile);
        var file = Checkpoint.ReadJson(path);
        var config = AdapterConfig.Read(file, path);
        // The file speaks of modules by the reference's names.
        var options = config.Options is ScalingOptions scaling ? scaling with { ScalesInput = name => scaling.ScalesInput(ModuleName(model, name)) } : config.Options;
        var set = Make();
        try
        {
            using var weights = SafetensorsFile.Open(Path.Combine(folder, WeightFile));
            Fill(set, model, weights);
            set.Train(false);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }

        AdapterSet Make()
        {
            try
            {
                return config.IsHeadAlone ? AdapterSet.HeadOnly(model) : new(model, options, name => config.IsTarget(ModuleName(model, name)), AdapterConfig.HasHead(file));
            }
            catch (PlinthException error) when (error is not CheckpointException)
            {
                throw new CheckpointException($"{path}: {error.Message}", error);
            }
        }
    }

    private static void Fill(AdapterSet set, Model model, SafetensorsFile weights)
    {
        using var noGrad = no_grad();
        var left = weights.Entries.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var (name, adapter) in set.Adapters)
        {
            Fill(adapter, NamePrefix + ModuleName(model, name), weights, left);
        }

        foreach (var (name, tokens) in set.Tokens)
        {
            Copy(NameOfTokens(set, name), tokens.Weight, weights, left);
        }

        foreach (var (name, parameter) in HeadParameters(model, set.IncludesHead))
        {
            Copy(NamePrefix + model.Keys.ToForeign(name).Name, parameter, weights, left);
        }

        if (left.Count > 0)
        {
            throw new CheckpointException($"{weights.Location}: '{left.Order(StringComparer.Ordinal).First()}' and {left.Count - 1} other entries fit no part of this model.");
        }
    }

    /// <summary>Takes an adapter's weights out of a file.</summary>
    /// <param name="adapter">A fresh one.</param>
    /// <param name="module">What the file calls its projection.</param>
    /// <param name="weights">The file.</param>
    /// <param name="left">Names in it that nobody has taken yet.</param>
    /// <exception cref="CheckpointException">A weight is missing or has another shape.</exception>
    internal static void Fill(ProjectionAdapter adapter, string module, SafetensorsFile weights, HashSet<string> left)
    {
        foreach (var (suffix, weight) in adapter.Weights)
        {
            Copy(module + suffix, weight, weights, left);
        }
    }

    private static void Copy(string name, Tensor target, SafetensorsFile weights, HashSet<string> left)
    {
        if (!left.Remove(name))
        {
            throw new CheckpointException($"{weights.Location}: the weight '{name}' is missing.");
        }

        var found = weights.Entries[name].Shape;
        if (!found.SequenceEqual(target.shape))
        {
            throw new CheckpointException(
                $"{weights.Location}: '{name}' is [{string.Join(", ", found)}], and the model with the sizes of {ConfigFile} has [{string.Join(", ", target.shape)}].");
        }

        using var scope = NewDisposeScope();
        target.copy_(weights.Read(name));
    }

    private static IEnumerable<(string Name, TorchSharp.Modules.Parameter Parameter)> HeadParameters(Model model, bool withHead) =>
        withHead ? model.named_parameters().Where(p => p.name.StartsWith("head.", StringComparison.Ordinal)).Select(p => (p.name, p.parameter)) : [];

    // The reference has one table of them; where two parts of a model have their own, each is named.
    private static string NameOfTokens(AdapterSet set, string part) => set.Tokens.Count() == 1 ? VirtualTokensName : $"{VirtualTokensName}.{part}";

    private static string ModuleName(Model model, string projection) =>
        model.Keys.ToForeign(projection + ".weight").Name[..^".weight".Length];
}
