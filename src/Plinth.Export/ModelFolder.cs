using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

[assembly: InternalsVisibleTo("Plinth.Tests")]

namespace Plinth.Export;

/// <summary>A checkpoint as the reference writes it, open for export: its config and its weights by the reference's names.</summary>
internal sealed class ModelFolder : IDisposable
{
    private readonly Dictionary<string, string> byModernName = new(StringComparer.Ordinal);
    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly IWeightSource weights;

    private ModelFolder(string folder, ConfigReader config, IWeightSource weights)
    {
        Location = folder;
        Config = config;
        this.weights = weights;
        ModelType = config.Text("model_type");
        Architecture = config.Json["architectures"] is JsonArray { Count: > 0 } names && names[0] is JsonValue value && value.TryGetValue<string>(out var name)
            ? name
            : throw config.Wrong("architectures", "is missing, so the head is not known");
        if (config.Json["quantization_config"] is not null)
        {
            throw config.Wrong("quantization_config", "is set: export a checkpoint whose weights are not quantised");
        }

        foreach (var stored in weights.Entries.Keys)
        {
            byModernName[Modernize(stored)] = stored;
        }
    }

    /// <summary>The folder.</summary>
    public string Location { get; }

    /// <summary>config.json.</summary>
    public ConfigReader Config { get; }

    /// <summary>The architecture, for example <c>llama</c>.</summary>
    public string ModelType { get; }

    /// <summary>The reference's class, for example <c>LlamaForCausalLM</c>.</summary>
    public string Architecture { get; }

    /// <summary>Classes of a classifier.</summary>
    public int LabelCount => Config.Part("id2label")?.Json.Count ?? Config.Size("num_labels", 2);

    /// <summary>Prefix that a bare backbone's file leaves out, for example <c>bert.</c>; set by the shape that reads this folder.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Opens a folder.</summary>
    /// <exception cref="CheckpointException">A file is missing or malformed.</exception>
    public static ModelFolder Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        AtomicFolder.Recover(folder);
        if (!Directory.Exists(folder))
        {
            throw new CheckpointException($"There is no folder '{folder}'. Name the folder of a checkpoint.");
        }

        if (File.Exists(Path.Combine(folder, "adapter_config.json")))
        {
            throw new ExportException($"'{folder}' is an adapter, not a whole model. Merge it first: plinth merge {folder} --out MERGED");
        }

        var path = Path.Combine(folder, Checkpoint.ConfigFile);
        var config = new ConfigReader(Checkpoint.ReadJson(path), path);
        var weights = WeightFiles.Open(folder);
        try
        {
            return new(folder, config, weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Whether a weight is there.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Plans to write a weight.</summary>
    /// <param name="target">Its name in the new file.</param>
    /// <param name="name">The reference's name.</param>
    /// <param name="shape">Sizes that it must have here.</param>
    /// <param name="change">A rearrangement, or null for none.</param>
    /// <param name="changedShape">Sizes after it; null where they stay.</param>
    /// <exception cref="CheckpointException">It is missing or has other sizes.</exception>
    public PlannedTensor Plan(string target, string name, long[] shape, Func<Tensor, Tensor>? change = null, long[]? changedShape = null)
    {
        var stored = Find(name) ?? throw new CheckpointException($"{weights.Location}: the weight '{name}' is missing. The files are incomplete, or config.json belongs to another model.");
        var entry = weights.Entries[stored];
        if (!entry.Shape.SequenceEqual(shape))
        {
            throw new CheckpointException($"{weights.Location}: '{stored}' is [{string.Join(", ", entry.Shape)}], and config.json asks for [{string.Join(", ", shape)}].");
        }

        used.Add(stored);
        return new(target, changedShape ?? shape, () =>
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var read = weights.Read(stored).to(ScalarType.Float32);
            return (change is null ? read : change(read)).MoveToOuterDisposeScope();
        });
    }

    /// <summary>Plans a matrix whose rows and columns are exchanged in the new file.</summary>
    public PlannedTensor PlanTransposed(string target, string name, long rows, long columns) =>
        Plan(target, name, [rows, columns], read => read.t(), [columns, rows]);

    /// <summary>The weights that no part of the plan takes, but for those that a pattern lets pass.</summary>
    public IReadOnlyList<string> Unused(Regex ignored) =>
        [.. weights.Entries.Keys.Where(name => !used.Contains(name) && !ignored.IsMatch(name)).Order(StringComparer.Ordinal)];

    /// <summary>Refuses weights that would be lost.</summary>
    /// <exception cref="ExportException">There is one.</exception>
    public void RefuseUnused(Regex ignored)
    {
        if (Unused(ignored) is [var first, ..] lost)
        {
            throw new ExportException($"{weights.Location}: '{first}'{(lost.Count > 1 ? $" and {lost.Count - 1} other weights have" : " has")} no place in an export of '{ModelType}'.");
        }
    }

    /// <inheritdoc />
    public void Dispose() => weights.Dispose();

    private string? Find(string name) =>
        byModernName.GetValueOrDefault(name)
        ?? (Prefix.Length > 0 && name.StartsWith(Prefix, StringComparison.Ordinal) ? byModernName.GetValueOrDefault(name[Prefix.Length..]) : null);

    // Files of the first BERT releases call a norm's weight gamma and its bias beta.
    private static string Modernize(string name) =>
        name.EndsWith("LayerNorm.gamma", StringComparison.Ordinal) ? name[..^"gamma".Length] + "weight"
        : name.EndsWith("LayerNorm.beta", StringComparison.Ordinal) ? name[..^"beta".Length] + "bias"
        : name;
}
