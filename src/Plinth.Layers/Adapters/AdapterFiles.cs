using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
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

    internal const string WeightFile = "adapter_model.safetensors", NamePrefix = "base_model.model.", Down = ".lora_A.weight", Up = ".lora_B.weight";

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool IsAdapter(string folder) => File.Exists(Path.Combine(folder, ConfigFile));

    /// <summary>The folder or name of the model that the adapter was trained on, as its config records it; may be empty.</summary>
    /// <exception cref="CheckpointException">The config cannot be read.</exception>
    public static string BaseModel(string folder) =>
        (string?)Checkpoint.ReadJson(Path.Combine(folder, ConfigFile))["base_model_name_or_path"] ?? "";

    /// <summary>Whether the adapter brings a head of its own.</summary>
    /// <exception cref="CheckpointException">The config cannot be read.</exception>
    public static bool HasHead(string folder) => HasHead(Checkpoint.ReadJson(Path.Combine(folder, ConfigFile)));

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
                var theirs = NamePrefix + ModuleName(model, name);
                weights.Add(new(theirs + Down, adapter.Down.detach()));
                weights.Add(new(theirs + Up, adapter.Up.detach()));
            }

            var heads = new SortedSet<string>(StringComparer.Ordinal);
            foreach (var (name, parameter) in HeadParameters(model, adapters.IncludesHead))
            {
                var theirs = model.Keys.ToForeign(name).Name;
                heads.Add(theirs[..theirs.LastIndexOf('.')]);
                weights.Add(new(NamePrefix + theirs, parameter.detach()));
            }

            SafetensorsWriter.Write(Path.Combine(fresh, WeightFile), weights);
            AtomicFile.WriteText(Path.Combine(fresh, ConfigFile), Describe(adapters, model, baseModel, heads).ToJsonString(new() { WriteIndented = true }));
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
        var config = Checkpoint.ReadJson(path);
        var options = ReadOptions(config, path);
        var isTarget = Targets(config, path);
        var withHead = HasHead(config);
        var set = withHead && config["target_modules"] is JsonArray { Count: 0 }
            ? AdapterSet.HeadOnly(model)
            : new AdapterSet(model, options, name => isTarget(ModuleName(model, name)), withHead);
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
    }

    private static void Fill(AdapterSet set, Model model, SafetensorsFile weights)
    {
        using var noGrad = no_grad();
        var left = weights.Entries.Keys.ToHashSet(StringComparer.Ordinal);
        void Copy(string name, Tensor parameter)
        {
            if (!left.Remove(name))
            {
                throw new CheckpointException($"{weights.Location}: the weight '{name}' is missing.");
            }

            using var scope = NewDisposeScope();
            var read = weights.Read(name);
            if (!read.shape.AsSpan().SequenceEqual(parameter.shape))
            {
                throw new CheckpointException(
                    $"{weights.Location}: '{name}' is [{string.Join(", ", read.shape)}], and the model with this rank has [{string.Join(", ", parameter.shape)}].");
            }

            parameter.copy_(read);
        }

        foreach (var (name, adapter) in set.Adapters)
        {
            var theirs = NamePrefix + ModuleName(model, name);
            Copy(theirs + Down, adapter.Down);
            Copy(theirs + Up, adapter.Up);
        }

        foreach (var (name, parameter) in HeadParameters(model, set.IncludesHead))
        {
            Copy(NamePrefix + model.Keys.ToForeign(name).Name, parameter);
        }

        if (left.Count > 0)
        {
            throw new CheckpointException($"{weights.Location}: '{left.Order(StringComparer.Ordinal).First()}' and {left.Count - 1} other entries fit no part of this model.");
        }
    }

    private static bool HasHead(JsonObject config) => config["modules_to_save"] is JsonArray { Count: > 0 };

    private static IEnumerable<(string Name, TorchSharp.Modules.Parameter Parameter)> HeadParameters(Model model, bool withHead) =>
        withHead ? model.named_parameters().Where(p => p.name.StartsWith("head.", StringComparison.Ordinal)).Select(p => (p.name, p.parameter)) : [];

    private static string ModuleName(Model model, string projection) =>
        model.Keys.ToForeign(projection + ".weight").Name[..^".weight".Length];

    private static JsonObject Describe(AdapterSet adapters, Model model, string baseModel, SortedSet<string> heads) => new()
    {
        ["peft_type"] = "LORA",
        ["base_model_name_or_path"] = baseModel,
        ["task_type"] = model.HeadKind switch
        {
            HeadKind.CausalLanguageModeling => "CAUSAL_LM",
            HeadKind.SequenceClassification => "SEQ_CLS",
            HeadKind.TokenClassification => "TOKEN_CLS",
            HeadKind.QuestionAnswering => "QUESTION_ANS",
            _ => "FEATURE_EXTRACTION",
        },
        ["r"] = adapters.Options.Rank,
        ["lora_alpha"] = adapters.Options.Alpha,
        ["lora_dropout"] = adapters.Options.Dropout,
        ["use_rslora"] = adapters.Options.IsRankStabilized,
        ["bias"] = "none",
        ["fan_in_fan_out"] = adapters.Adapters.Any(a => model.Keys.ToForeign(a.Key + ".weight").Layout == WeightLayout.Transposed),
        ["inference_mode"] = true,
        ["target_modules"] = new JsonArray([.. adapters.Adapters
            .Select(a => WithoutNumbers(ModuleName(model, a.Key))).Distinct().Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]),
        ["modules_to_save"] = heads.Count == 0 ? null : new JsonArray([.. heads.Select(name => JsonValue.Create(name))]),
    };

    // The part after the block's number names the projection in every block, as peft matches it by its ending.
    private static string WithoutNumbers(string module) => Regex.Replace(module, @"^.*\.\d+\.", "");

    /// <summary>The sizes that an adapter_config.json tells; refuses what is not supported by name.</summary>
    internal static LowRankOptions ReadOptions(JsonObject config, string path)
    {
        void Refuse(string field, Func<JsonNode, bool> isPlain, string supported)
        {
            if (config[field] is { } value && !isPlain(value))
            {
                throw new CheckpointException($"{path}: {field} = {value.ToJsonString()} is not supported; only {supported} is.");
            }
        }

        static bool IsEmpty(JsonNode node) => node is JsonObject { Count: 0 } or JsonArray { Count: 0 };
        static bool IsFalse(JsonNode node) => node.GetValueKind() == System.Text.Json.JsonValueKind.False;
        Refuse("peft_type", node => node.ToString() == "LORA", "LORA");
        Refuse("bias", node => node.ToString() == "none", "none");
        foreach (var flag in (string[])["use_dora", "lora_bias", "use_qalora"])
        {
            Refuse(flag, IsFalse, "false");
        }

        foreach (var pattern in (string[])["rank_pattern", "alpha_pattern", "layers_to_transform", "layers_pattern", "layer_replication",
            "exclude_modules", "target_parameters", "trainable_token_indices"])
        {
            Refuse(pattern, IsEmpty, "an empty value");
        }

        try
        {
            var rank = (int)(config["r"] ?? throw new CheckpointException($"{path}: r, the rank, is missing."));
            if (rank is < 1 or > 65_536)
            {
                throw new CheckpointException($"{path}: r = {rank} must be between 1 and 65536.");
            }

            return new()
            {
                Rank = rank,
                Alpha = config["lora_alpha"]?.GetValue<double>() ?? 8,
                Dropout = config["lora_dropout"]?.GetValue<double>() ?? 0,
                IsRankStabilized = config["use_rslora"]?.GetValue<bool>() ?? false,
            };
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException)
        {
            throw new CheckpointException($"{path}: a field has a wrong type. {error.Message}", error);
        }
    }

    private static Func<string, bool> Targets(JsonObject config, string path)
    {
        switch (config["target_modules"])
        {
            case JsonArray names when names.All(name => name is JsonValue value && value.TryGetValue<string>(out _)):
                var endings = names.Select(name => (string)name!).ToList();
                return module => endings.Any(ending => module == ending || module.EndsWith("." + ending, StringComparison.Ordinal));
            case JsonValue value when value.TryGetValue<string>(out var pattern):
                if (pattern == "all-linear")
                {
                    return _ => true;
                }

                try
                {
                    var regex = new Regex($"^(?:{pattern})$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
                    return regex.IsMatch;
                }
                catch (Exception error) when (error is ArgumentException or NotSupportedException)
                {
                    throw new CheckpointException($"{path}: target_modules '{pattern}' is not a pattern that can be matched safely. Name the modules in a list.", error);
                }

            default:
                throw new CheckpointException($"{path}: target_modules must be a list of names or a pattern.");
        }
    }
}
