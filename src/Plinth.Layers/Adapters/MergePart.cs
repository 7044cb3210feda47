using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>An adapter's files, sorted by what of the base each weight changes.</summary>
internal sealed class MergePart : IDisposable
{
    private const string Matrix = ".weight", Vector = ".bias";
    private static readonly string[] suffixes = [".lora_A.weight", ".lora_B.weight", ".lora_magnitude_vector", ".ia3_l"];

    private readonly SafetensorsFile file;
    private readonly AdapterConfig form;
    private readonly Dictionary<string, string> modules = new(StringComparer.Ordinal), heads = new(StringComparer.Ordinal);
    private readonly bool isTransposed;

    private MergePart(MergedAdapter adapter, SafetensorsFile file, JsonObject config, string configPath)
    {
        this.file = file;
        (Folder, Weight, Config) = (adapter.Folder, adapter.Weight, config);
        form = AdapterConfig.Read(config, configPath);
        if (form.Options is VirtualTokenOptions)
        {
            throw new CheckpointException($"{configPath}: {AdapterSet.VirtualTokensStayApart}");
        }

        isTransposed = (bool?)config["fan_in_fan_out"] ?? false;
    }

    /// <summary>The adapter's folder.</summary>
    public string Folder { get; }

    /// <summary>How much of the change is added.</summary>
    public double Weight { get; }

    /// <summary>Its adapter_config.json.</summary>
    public JsonObject Config { get; }

    /// <summary>The base's names of the weights of a head that it brings, with its own names for them.</summary>
    public IReadOnlyDictionary<string, string> Heads => heads;

    /// <summary>The base's matrices that it changes.</summary>
    public IEnumerable<string> Changed => modules.Keys;

    /// <summary>Reads what an adapter is about.</summary>
    /// <exception cref="CheckpointException">A file is malformed, asks for what is not supported, or does not fit the base.</exception>
    public static MergePart Open(MergedAdapter adapter, IWeightSource source)
    {
        if (!double.IsFinite(adapter.Weight))
        {
            throw new PlinthException($"The weight of the adapter '{adapter.Folder}' is {adapter.Weight} and must be a finite number.");
        }

        AtomicFolder.Recover(adapter.Folder);
        var path = Path.Combine(adapter.Folder, AdapterFiles.ConfigFile);
        var config = Checkpoint.ReadJson(path);
        var file = SafetensorsFile.Open(Path.Combine(adapter.Folder, AdapterFiles.WeightFile));
        try
        {
            var part = new MergePart(adapter, file, config, path);
            part.Sort(source);
            return part;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A weight of the head.</summary>
    /// <param name="name">The adapter's name for it.</param>
    public Tensor Read(string name) => file.Read(name);

    /// <summary>What is added to a weight of the base, in float32; null where nothing is.</summary>
    /// <param name="name">The base's name of the weight.</param>
    /// <param name="weight">The weight.</param>
    /// <exception cref="CheckpointException">The adapter's weights do not fit it.</exception>
    public Tensor? ChangeOf(string name, Tensor weight)
    {
        var value = weight.to(ScalarType.Float32);
        if (modules.TryGetValue(name, out var module))
        {
            var matrix = isTransposed ? value.t() : value;                                       // [output, input]
            var change = Adapter(module, name, matrix).WeightChange(matrix);
            return isTransposed ? change.t() : change;
        }

        // Only scales change a vector: those of the matrix's rows beside it.
        return form.Options is ScalingOptions scaling && name.EndsWith(Vector, StringComparison.Ordinal)
            && modules.TryGetValue(name[..^Vector.Length] + Matrix, out var beside) && !scaling.ScalesInput(Plain(beside))
            ? Adapter(beside, name, value.unsqueeze(1)).BiasChange(value) : null;
    }

    private ProjectionAdapter Adapter(string module, string name, Tensor matrix)
    {
        if (matrix.dim() != 2)
        {
            throw new CheckpointException($"{file.Location}: it changes '{name}' of the base, which is no matrix.");
        }

        var adapter = ((ProjectionOptions)form.Options).Make(Plain(module), matrix);
        HashSet<string> own = [.. suffixes.Select(suffix => module + suffix).Where(file.Entries.ContainsKey)];
        AdapterFiles.Fill(adapter, module, file, own);
        return own.Count == 0 ? adapter
            : throw new CheckpointException($"{file.Location}: '{own.First()}' has no place in the form that {AdapterFiles.ConfigFile} names.");
    }

    private static string Plain(string module) => module[AdapterFiles.NamePrefix.Length..];

    public void Dispose() => file.Dispose();

    private void Sort(IWeightSource source)
    {
        foreach (var name in file.Entries.Keys)
        {
            if (!name.StartsWith(AdapterFiles.NamePrefix, StringComparison.Ordinal))
            {
                throw new CheckpointException($"{file.Location}: the name '{name}' does not begin with {AdapterFiles.NamePrefix}, as peft's do.");
            }

            var suffix = suffixes.FirstOrDefault(suffix => name.EndsWith(suffix, StringComparison.Ordinal));
            var target = Plain(name);
            if (suffix is not null)
            {
                var module = name[..^suffix.Length];
                var matrix = target[..^suffix.Length] + Matrix;
                modules[Stored(source, matrix) ?? throw new CheckpointException($"{source.Location} has no weight '{matrix}', which the adapter {file.Location} changes. Name the base that it was trained on.")] = module;
            }
            else if (name.Contains("lora_", StringComparison.Ordinal) || name.Contains("ia3_", StringComparison.Ordinal))
            {
                throw new CheckpointException($"{file.Location}: '{name}' is of a form that cannot be merged.");
            }
            else
            {
                heads.Add(Stored(source, target) ?? target, name);
            }
        }

        if (modules.Count + heads.Count == 0)
        {
            throw new CheckpointException($"{file.Location} holds neither a change of the backbone nor a head, so there is nothing to merge.");
        }
    }

    // A bare backbone's file leaves out the prefix of its names.
    private static string? Stored(IWeightSource weights, string target)
    {
        if (weights.Entries.ContainsKey(target))
        {
            return target;
        }

        var inner = target[(target.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return weights.Entries.ContainsKey(inner) ? inner : null;
    }
}
