using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>What a merge wrote.</summary>
/// <param name="ChangedCount">Matrices that the adapter changed.</param>
/// <param name="HeadWeights">Weights of a head that came from the adapter, by the reference's names.</param>
public sealed record AdapterMergeReport(int ChangedCount, IReadOnlyList<string> HeadWeights);

/// <summary>
/// Adds a LoRA to the weights of its base for good, puts on the head that came with it, and saves the result as a checkpoint of its own. It works on the reference's
/// names in the files, so it serves every architecture.
/// </summary>
public static partial class AdapterMerge
{
    // The files beside the weights that belong to a model: tokenizer, generation settings, pooling, image processor, thresholds.
    private static readonly string[] companions =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer.model",
        "spiece.model", "chat_template.jinja", "generation_config.json", "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json",
        "1_Pooling/config.json", "preprocessor_config.json", "calibration.json",
    ];

    // What the reference calls the heads that another head replaces.
    private static readonly string[] oldHeads = ["cls.", "lm_head.", "classifier.", "qa_outputs.", "score."];

    private static readonly Dictionary<string, string> classes = new(StringComparer.Ordinal)
    {
        ["SEQ_CLS"] = "ForSequenceClassification",
        ["TOKEN_CLS"] = "ForTokenClassification",
        ["QUESTION_ANS"] = "ForQuestionAnswering",
    };

    /// <summary>Merges; the folder is replaced as a whole. The matrices keep the element type of the base.</summary>
    /// <param name="adapterFolder">The adapter.</param>
    /// <param name="baseFolder">The checkpoint it was trained on.</param>
    /// <param name="folder">Where to.</param>
    /// <exception cref="CheckpointException">A file is malformed, asks for what is not supported, or does not fit the base.</exception>
    public static AdapterMergeReport Write(string adapterFolder, string baseFolder, string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RefuseOverwriting(folder, adapterFolder, baseFolder);
        AtomicFolder.Recover(adapterFolder);
        AtomicFolder.Recover(baseFolder);
        var configPath = Path.Combine(adapterFolder, AdapterFiles.ConfigFile);
        var adapterConfig = Checkpoint.ReadJson(configPath);
        var options = AdapterFiles.ReadOptions(adapterConfig, configPath);
        using var adapter = SafetensorsFile.Open(Path.Combine(adapterFolder, AdapterFiles.WeightFile));
        using var source = WeightFiles.Open(baseFolder);
        var config = Checkpoint.ReadJson(Path.Combine(baseFolder, Checkpoint.ConfigFile));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var isTransposed = (bool?)adapterConfig["fan_in_fan_out"] ?? false;
        var (changes, heads) = Sort(adapter, source);
        var described = Describe(config, adapterConfig, adapterFolder, heads.Count > 0);
        var hasNewHead = !JsonNode.DeepEquals(described["architectures"], config["architectures"]);
        var weights = new List<KeyValuePair<string, Tensor>>();
        foreach (var name in source.Entries.Keys.Where(name => !heads.ContainsKey(name) && !(hasNewHead && IsHead(name))))
        {
            var weight = source.Read(name);
            weights.Add(new(name, changes.TryGetValue(name, out var module) ? Changed(adapter, module, weight, name, options.Scale, isTransposed) : weight));
        }

        weights.AddRange(heads.Select(head => KeyValuePair.Create(head.Key, adapter.Read(head.Value))));
        AtomicFolder.Write(folder, fresh =>
        {
            WeightFiles.Save(fresh, weights);
            AtomicFile.WriteText(Path.Combine(fresh, Checkpoint.ConfigFile), described.ToJsonString(new() { WriteIndented = true }));
            CopyCompanions(baseFolder, fresh);
            CopyCompanions(adapterFolder, fresh);
        });
        return new(changes.Count, [.. heads.Keys.Order(StringComparer.Ordinal)]);
    }

    private static bool IsHead(string name) => oldHeads.Any(head => name.StartsWith(head, StringComparison.Ordinal));

    // The base's weights by the module that changes them, and the head's weights by the adapter's names for them.
    private static (Dictionary<string, string> Changes, Dictionary<string, string> Heads) Sort(SafetensorsFile adapter, IWeightSource source)
    {
        Dictionary<string, string> changes = new(StringComparer.Ordinal), heads = new(StringComparer.Ordinal);
        foreach (var name in adapter.Entries.Keys)
        {
            if (!name.StartsWith(AdapterFiles.NamePrefix, StringComparison.Ordinal))
            {
                throw new CheckpointException($"{adapter.Location}: the name '{name}' does not begin with {AdapterFiles.NamePrefix}, as peft's do.");
            }

            if (name.EndsWith(AdapterFiles.Up, StringComparison.Ordinal))
            {
                if (!adapter.Entries.ContainsKey(name[..^AdapterFiles.Up.Length] + AdapterFiles.Down))
                {
                    throw new CheckpointException($"{adapter.Location}: '{name}' has no {AdapterFiles.Down} beside it.");
                }
            }
            else if (name.EndsWith(AdapterFiles.Down, StringComparison.Ordinal))
            {
                var module = name[..^AdapterFiles.Down.Length];
                var target = module[AdapterFiles.NamePrefix.Length..] + ".weight";
                changes.Add(Stored(source, target) ?? throw new CheckpointException($"{source.Location} has no weight '{target}', which the adapter {adapter.Location} changes. Name the base that it was trained on."), module);
            }
            else if (name.Contains("lora_", StringComparison.Ordinal))
            {
                throw new CheckpointException($"{adapter.Location}: '{name}' is no plain LoRA weight, and cannot be merged.");
            }
            else
            {
                var target = name[AdapterFiles.NamePrefix.Length..];
                heads.Add(Stored(source, target) ?? target, name);
            }
        }

        return changes.Count + heads.Count > 0 ? (changes, heads) : throw new CheckpointException($"{adapter.Location} holds neither a LoRA ({AdapterFiles.Down}) nor a head, so there is nothing to merge.");

        // A bare backbone's file leaves out the prefix of its names.
        string? Stored(IWeightSource weights, string target)
        {
            if (weights.Entries.ContainsKey(target))
            {
                return target;
            }

            var inner = target[(target.IndexOf('.', StringComparison.Ordinal) + 1)..];
            return weights.Entries.ContainsKey(inner) ? inner : null;
        }
    }

    private static Tensor Changed(SafetensorsFile adapter, string module, Tensor weight, string name, double scale, bool isTransposed)
    {
        using var scope = NewDisposeScope();
        // In float32 and rounded once, however the base is kept.
        var down = adapter.Read(module + AdapterFiles.Down).to(ScalarType.Float32);
        var up = adapter.Read(module + AdapterFiles.Up).to(ScalarType.Float32);
        if (down.dim() != 2 || up.dim() != 2 || down.size(0) != up.size(1))
        {
            throw new CheckpointException($"{adapter.Location}: the two maps of '{module}' are [{string.Join(", ", down.shape)}] and [{string.Join(", ", up.shape)}], which do not fit together.");
        }

        var change = up.mm(down) * scale;
        change = isTransposed ? change.t() : change;
        if (!change.shape.AsSpan().SequenceEqual(weight.shape))
        {
            throw new CheckpointException($"{adapter.Location}: the change of '{name}' is [{string.Join(", ", change.shape)}], and the base has [{string.Join(", ", weight.shape)}].");
        }

        return (weight.to(ScalarType.Float32) + change).to(weight.dtype).MoveToOuterDisposeScope();
    }

    // A task's adapter may record its class names in a config.json of its own.
    private static JsonObject Describe(JsonObject config, JsonObject adapterConfig, string adapterFolder, bool hasHead)
    {
        var own = Path.Combine(adapterFolder, Checkpoint.ConfigFile);
        var described = (JsonObject)config.DeepClone();
        if (!hasHead)
        {
            return described;
        }

        if (File.Exists(own))
        {
            var recorded = Checkpoint.ReadJson(own);
            foreach (var field in (string[])["id2label", "label2id", "problem_type", "num_labels"])
            {
                if (recorded[field] is { } value)
                {
                    described[field] = value.DeepClone();
                }
            }
        }

        if (classes.TryGetValue((string?)adapterConfig["task_type"] ?? "", out var ending) && (string?)(described["architectures"] as JsonArray)?.FirstOrDefault() is { } architecture)
        {
            described["architectures"] = new JsonArray(Stem().Match(architecture).Groups[1].Value + ending);
        }

        return described;
    }

    private static void CopyCompanions(string from, string to)
    {
        foreach (var name in companions)
        {
            var file = Path.Combine(from, name);
            if (File.Exists(file))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(to, name))!);
                File.Copy(file, Path.Combine(to, name), overwrite: true);
            }
        }
    }

    private static void RefuseOverwriting(string folder, params string[] sources)
    {
        static string Plain(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (sources.Any(source => Plain(source) == Plain(folder) || Plain(source).StartsWith(Plain(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            throw new PlinthException($"'{folder}' is or holds the adapter or its base. Choose another folder to write to.");
        }
    }

    [GeneratedRegex("^(.*?)(For[A-Z].*|LMHeadModel|Model)$", RegexOptions.CultureInvariant)]
    private static partial Regex Stem();
}
