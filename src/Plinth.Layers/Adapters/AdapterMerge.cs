using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>One adapter of a merge.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Weight">How much of its change is added; 1 is the whole.</param>
public sealed record MergedAdapter(string Folder, double Weight = 1);

/// <summary>What a merge wrote.</summary>
/// <param name="ChangedCount">Matrices that were changed.</param>
/// <param name="HeadWeights">Weights of a head that came from an adapter, by the reference's names.</param>
public sealed record AdapterMergeReport(int ChangedCount, IReadOnlyList<string> HeadWeights);

/// <summary>
/// Adds adapters to the weights of their base for good, puts on the head that came with one, and saves the result as a checkpoint of its own. It works on the
/// reference's names in the files, so it serves every architecture.
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

    /// <summary>Merges one adapter; the folder is replaced as a whole. The matrices keep the element type of the base.</summary>
    /// <param name="adapterFolder">The adapter.</param>
    /// <param name="baseFolder">The checkpoint it was trained on.</param>
    /// <param name="folder">Where to.</param>
    /// <exception cref="CheckpointException">A file is malformed, asks for what is not supported, or does not fit the base.</exception>
    public static AdapterMergeReport Write(string adapterFolder, string baseFolder, string folder) => Write([new(adapterFolder)], baseFolder, folder);

    /// <summary>Merges several adapters at once: what each changes alone, times its weight, is added.</summary>
    /// <param name="adapters">The adapters; at most one of them with a head.</param>
    /// <param name="baseFolder">The checkpoint they were trained on.</param>
    /// <param name="folder">Where to.</param>
    /// <exception cref="CheckpointException">A file is malformed, asks for what is not supported, or does not fit the base.</exception>
    public static AdapterMergeReport Write(IReadOnlyList<MergedAdapter> adapters, string baseFolder, string folder)
    {
        ArgumentNullException.ThrowIfNull(adapters);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RefuseOverwriting(folder, [.. adapters.Select(adapter => adapter.Folder), baseFolder]);
        AtomicFolder.Recover(baseFolder);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var source = WeightFiles.Open(baseFolder);
        var parts = new List<MergePart>();
        try
        {
            foreach (var adapter in adapters)
            {
                parts.Add(MergePart.Open(adapter, source));
            }

            return Write(parts, source, baseFolder, folder);
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    private static AdapterMergeReport Write(List<MergePart> parts, IWeightSource source, string baseFolder, string folder)
    {
        var withHead = parts.Where(part => part.Heads.Count > 0).ToList();
        if (withHead.Count > 1)
        {
            throw new CheckpointException($"'{withHead[0].Folder}' and '{withHead[1].Folder}' both bring a head, and a model has one. Merge one of them alone.");
        }

        var first = withHead.FirstOrDefault() ?? parts[0];
        var heads = first.Heads;
        var config = Checkpoint.ReadJson(Path.Combine(baseFolder, Checkpoint.ConfigFile));
        var described = Describe(config, first.Config, first.Folder, heads.Count > 0);
        var hasNewHead = !JsonNode.DeepEquals(described["architectures"], config["architectures"]);
        var weights = new List<KeyValuePair<string, Tensor>>();
        foreach (var name in source.Entries.Keys.Where(name => !heads.ContainsKey(name) && !(hasNewHead && IsHead(name))))
        {
            weights.Add(new(name, Changed(parts, name, source.Read(name))));
        }

        weights.AddRange(heads.Select(head => KeyValuePair.Create(head.Key, first.Read(head.Value))));
        AtomicFolder.Write(folder, fresh =>
        {
            WeightFiles.Save(fresh, weights);
            AtomicFile.WriteText(Path.Combine(fresh, Checkpoint.ConfigFile), described.ToJsonString(new() { WriteIndented = true }));
            CopyCompanions(baseFolder, fresh);
            foreach (var part in parts)
            {
                CopyCompanions(part.Folder, fresh);
            }
        });
        return new(parts.SelectMany(part => part.Changed).Distinct(StringComparer.Ordinal).Count(), [.. heads.Keys.Order(StringComparer.Ordinal)]);
    }

    // In float32 and rounded once, however the base is kept.
    private static Tensor Changed(List<MergePart> parts, string name, Tensor weight)
    {
        using var scope = NewDisposeScope();
        Tensor? whole = null;
        foreach (var part in parts)
        {
            if (part.ChangeOf(name, weight) is { } change)
            {
                whole = (whole ?? weight.to(ScalarType.Float32)) + (change * part.Weight);
            }
        }

        return (whole?.to(weight.dtype) ?? weight).MoveToOuterDisposeScope();
    }

    private static bool IsHead(string name) => oldHeads.Any(head => name.StartsWith(head, StringComparison.Ordinal));

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
