using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core.Files;
using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Checkpoints;

/// <summary>A model as a folder in Hugging Face layout: config.json and safetensors under the reference's names.</summary>
public static class Checkpoint
{
    /// <summary>The file with the sizes.</summary>
    public const string ConfigFile = "config.json";

    private const long LargestConfig = 4 << 20;

    // By which names the files are read: null takes the model's own, and knows no family that it had before.
    private sealed record StoredNames(KeyMap? Keys = null, KeyMap? Former = null);

    /// <summary>Loads a model.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="families">The known architectures.</param>
    /// <param name="options">Head, labels and element type; null takes all from the checkpoint.</param>
    /// <exception cref="CheckpointException">A file is missing, malformed or does not fit the architecture.</exception>
    public static LoadedModel Load(string folder, Catalog<ModelFamily> families, CheckpointOptions? options = null)
    {
        options ??= new();
        AtomicFolder.Recover(folder);
        var (family, config, names) = Recognize(folder, families, options.Head);
        using var weights = WeightFiles.Open(folder);
        if (options.Labels is { } labels)
        {
            config = config.WithLabels(labels);
        }

        config = options.Configure?.Invoke(config) ?? config;
        var kind = options.Head ?? HeadOf(family, config, weights, names.Keys);
        var model = Build(family, config, kind, options);
        try
        {
            var report = Fill(model, weights, options.AllowFreshHead, options.IsMapped, names.Keys, names.Former);
            model.to(options.Type);
            model.eval();
            return new(model, report);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>What a checkpoint is called: the last part of its folder's path.</summary>
    public static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>Reads config.json alone.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="families">The known architectures.</param>
    /// <param name="head">The head that is to be put on the backbone, which may be that of the family's <see cref="ModelFamily.TaskModelType"/>; null asks for none.</param>
    /// <exception cref="CheckpointException">It is missing, malformed or of an unknown architecture.</exception>
    public static (ModelFamily Family, ModelConfig Config) ReadConfig(string folder, Catalog<ModelFamily> families, HeadKind? head = null)
    {
        var (family, config, _) = Recognize(folder, families, head);
        return (family, config);
    }

    private static (ModelFamily Family, ModelConfig Config, StoredNames Names) Recognize(string folder, Catalog<ModelFamily> families, HeadKind? head)
    {
        ArgumentNullException.ThrowIfNull(families);
        var path = Path.Combine(folder, ConfigFile);
        var json = ReadJson(path);
        if (!json.ContainsKey("model_type"))
        {
            foreach (var candidate in families.Entries)
            {
                if (candidate.ForeignForms.FirstOrDefault(form => form.Fits(json)) is { } form)
                {
                    return (candidate, candidate.ReadConfig(form.Translate(json, path), path), new(form.Keys));
                }
            }
        }

        var type = json["model_type"] is JsonValue value && value.TryGetValue<string>(out var name)
            ? name
            : throw new CheckpointException($"{path}: model_type is missing, so the architecture is not known.");
        if (!families.Contains(type))
        {
            throw new CheckpointException($"{path}: the architecture '{type}' is not supported. Known: {string.Join(", ", families.Names)}.");
        }

        var family = families[type];
        if (head is { } wanted && !family.Architectures.ContainsKey(wanted) && family.TaskModelType is { } next && families[next].Architectures.ContainsKey(wanted))
        {
            json["model_type"] = next;
            return (families[next], families[next].ReadConfig(json, path), new(Former: family.Keys));
        }

        return (family, family.ReadConfig(json, path), new());
    }

    /// <summary>Copies weights into a model and is strict about names and shapes.</summary>
    /// <param name="model">The model to fill.</param>
    /// <param name="weights">The files.</param>
    /// <param name="allowFreshHead">Whether weights of the head may be missing, or be of another number of classes; then they stay as they are.</param>
    /// <param name="isMapped">Whether weights may stay in the mapped file (<see cref="CheckpointOptions.IsMapped"/>).</param>
    /// <param name="keys">Weight names of the files; null takes the model's own.</param>
    /// <param name="former">Weight names of the family that saved the files, where the model goes on as another; its heads are passed over. Null where there was none.</param>
    /// <exception cref="CheckpointException">A weight is missing, has another shape, or belongs nowhere.</exception>
    public static LoadReport Fill(Model model, IWeightSource weights, bool allowFreshHead = false, bool isMapped = false, KeyMap? keys = null, KeyMap? former = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(weights);
        keys ??= model.Keys;
        var byModernName = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in weights.Entries.Keys)
        {
            if (!byModernName.TryAdd(keys.Modernize(name), name))
            {
                throw new CheckpointException($"{weights.Location}: the weight '{keys.Modernize(name)}' is there twice, under an old and a new name.");
            }
        }

        List<string> fresh = [], missing = [];
        var used = new HashSet<string>(StringComparer.Ordinal);
        using var noGrad = no_grad();
        foreach (var (ours, parameter) in Entries(model))
        {
            var foreign = keys.ToForeign(ours);
            if (Find(byModernName, foreign.Name, keys.Prefix) is not { } stored)
            {
                // A count of batches serves training alone, and files of other makers leave it out.
                if (parameter.is_floating_point())
                {
                    (ours.StartsWith("head.", StringComparison.Ordinal) && allowFreshHead ? fresh : missing).Add(foreign.Name);
                }

                continue;
            }

            used.Add(stored);
            if (allowFreshHead && ours.StartsWith("head.", StringComparison.Ordinal) && !weights.Entries[stored].Shape.SequenceEqual(StoredShape(parameter, weights.Entries[stored], foreign)))
            {
                // The stored head is for other classes.
                fresh.Add(foreign.Name);
                continue;
            }

            Copy(weights, stored, foreign, parameter, isMapped);
        }

        if (missing.Count > 0)
        {
            throw new CheckpointException(
                $"{weights.Location}: {missing.Count} weights are missing: {Some(missing)}. The files are incomplete, or config.json belongs to another model.");
        }

        var unused = new List<string>();
        foreach (var name in weights.Entries.Keys.Where(name => !used.Contains(name)))
        {
            var modern = keys.Modernize(name);
            if (keys.IsIgnored(modern))
            {
                continue;
            }

            if ((keys.ToOurs(modern) ?? former?.ToOurs(modern)) is not { } ours || !ours.StartsWith("head.", StringComparison.Ordinal))
            {
                missing.Add(name);
            }

            unused.Add(name);
        }

        return missing.Count == 0
            ? new(fresh, unused)
            : throw new CheckpointException(
                $"{weights.Location}: {missing.Count} entries belong to no part of '{model.Family.ModelType}' of this size: {Some(missing)}. config.json may belong to another model.");
    }

    /// <summary>Saves a model; the folder is replaced as a whole.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="alsoWrite">Writes what belongs beside it, such as the tokenizer, into the folder whose path it is given.</param>
    /// <param name="labels">Class names to record, or null for the config's own.</param>
    /// <exception cref="PlinthException">The folder cannot be written, or weights are kept in few bits under an adapter.</exception>
    public static void Save(Model model, string folder, Action<string>? alsoWrite = null, IReadOnlyList<string>? labels = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        AtomicFolder.Write(folder, fresh =>
        {
            using var scope = NewDisposeScope();
            WeightFiles.Save(fresh, ForeignWeights(model));
            var config = labels is null ? model.Config : model.Config.WithLabels(labels);
            // A head without a class of its own is written as the nearest: a bare BERT is a BertModel without its pooler.
            var architecture = model.Family.Architectures.GetValueOrDefault(model.HeadKind) ?? model.Family.Architectures[HeadKind.Pooled];
            AtomicFile.WriteText(Path.Combine(fresh, ConfigFile), (config with { Architectures = [architecture] }).ToJsonText());
            alsoWrite?.Invoke(fresh);
        });
    }

    /// <summary>All weights under the reference's names and in its layout, on the CPU; owned by the current dispose scope.</summary>
    /// <exception cref="CheckpointException">Weights are kept in few bits under an adapter.</exception>
    public static IReadOnlyList<KeyValuePair<string, Tensor>> ForeignWeights(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var noGrad = no_grad();
        var result = new List<KeyValuePair<string, Tensor>>();
        foreach (var (ours, parameter) in Entries(model))
        {
            if (parameter.numel() == 0)
            {
                throw new CheckpointException($"'{ours}' has no numbers to save: the model's weights are kept in few bits under an adapter. Save the adapter, and merge it into the checkpoint that it was trained on (plinth merge).");
            }

            var foreign = model.Keys.ToForeign(ours);
            var name = model.HeadKind is HeadKind.None or HeadKind.Pooled && foreign.Name.StartsWith(model.Keys.Prefix, StringComparison.Ordinal)
                ? foreign.Name[model.Keys.Prefix.Length..]
                : foreign.Name;
            var tensor = parameter.detach();
            result.Add(new(name, foreign.Layout == WeightLayout.Transposed && tensor.dim() == 2 ? tensor.t().contiguous() : tensor));
        }

        return result;
    }

    /// <summary>Reads a JSON object with limits.</summary>
    /// <exception cref="CheckpointException">The file is missing, too large, not UTF-8 or no JSON object.</exception>
    public static JsonObject ReadJson(string path)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists)
            {
                throw new CheckpointException($"{path} does not exist. A checkpoint is a folder with {ConfigFile} and model.safetensors.");
            }

            if (info.Length > LargestConfig)
            {
                throw new CheckpointException($"{path} has {info.Length} bytes; more than {LargestConfig} is not a configuration.");
            }

            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path));
            return JsonTree.Parse(text.TrimStart('\uFEFF')) as JsonObject ?? throw new CheckpointException($"{path} is not a JSON object.");
        }
        catch (JsonException error)
        {
            throw new CheckpointException($"{path}: line {error.LineNumber + 1}: the JSON is malformed. {error.Message}", error);
        }
        catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The head that a checkpoint was saved with.</summary>
    /// <param name="family">The architecture.</param>
    /// <param name="config">Its config.</param>
    /// <param name="weights">The files.</param>
    /// <param name="keys">Weight names of the files; null takes the architecture's own.</param>
    /// <exception cref="CheckpointException">Its class is not known.</exception>
    public static HeadKind HeadOf(ModelFamily family, ModelConfig config, IWeightSource weights, KeyMap? keys = null)
    {
        ArgumentNullException.ThrowIfNull(family);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(weights);
        if (config.Architectures is not [var architecture, ..])
        {
            return HeadKind.None;
        }

        var kind = family.HeadOf(architecture);
        keys ??= family.KeysOf(config);
        var hasHead = weights.Entries.Keys.Any(name => keys.ToOurs(keys.Modernize(name))?.StartsWith("head.", StringComparison.Ordinal) == true);
        return kind == HeadKind.Pooled && !hasHead && NeedsWeights(family, config, kind) ? HeadKind.None : kind;
    }

    private static bool NeedsWeights(ModelFamily family, ModelConfig config, HeadKind kind)
    {
        using var scope = NewDisposeScope();
        using var shapes = FreshWeights.ShapesOnly();
        using var head = family.BuildHead(kind, config);
        return head.parameters().Any();
    }

    // What a file holds of a model: its parameters, then what it has gathered without training.
    private static IEnumerable<(string Name, Tensor Value)> Entries(Model model) =>
        model.named_parameters().Select(entry => (entry.name, (Tensor)entry.parameter)).Concat(model.named_buffers().Select(entry => (entry.name, entry.buffer)));

    private static string? Find(Dictionary<string, string> byModernName, string name, string prefix) =>
        byModernName.GetValueOrDefault(name)
        ?? (prefix.Length > 0 && name.StartsWith(prefix, StringComparison.Ordinal) ? byModernName.GetValueOrDefault(name[prefix.Length..]) : null);

    // Where every weight comes from the files none is drawn, and each has its final type from the start: no second copy exists.
    private static Model Build(ModelFamily family, ModelConfig config, HeadKind kind, CheckpointOptions options)
    {
        using var unfilled = options.AllowFreshHead ? null : FreshWeights.ToBeFilled(options.Type);
        return new(family, config, kind);
    }

    private static long[] StoredShape(Tensor parameter, WeightEntry entry, ForeignKey foreign)
    {
        var shape = IsTransposed(entry, foreign) ? parameter.shape.Reverse().ToArray() : parameter.shape;
        return foreign.Piece is { } part ? [shape[0] * part.Count, .. shape[1..]] : shape;
    }

    private static bool IsTransposed(WeightEntry entry, ForeignKey foreign) => foreign.Layout == WeightLayout.Transposed && entry.Shape.Count == 2;

    private static void Copy(IWeightSource weights, string stored, ForeignKey foreign, Tensor parameter, bool isMapped)
    {
        var entry = weights.Entries[stored];
        var expected = StoredShape(parameter, entry, foreign);
        if (!entry.Shape.SequenceEqual(expected))
        {
            throw new CheckpointException(
                $"{weights.Location}: '{stored}' is [{string.Join(", ", entry.Shape)}], and config.json asks for [{string.Join(", ", expected)}].");
        }

        if (is_floating_point(entry.Type) != parameter.is_floating_point())
        {
            var wanted = parameter.is_floating_point() ? "weights are floating-point numbers" : "counts are whole numbers";
            throw new CheckpointException($"{weights.Location}: '{stored}' holds {entry.Type}, and {wanted}.");
        }

        using var scope = NewDisposeScope();
        if (foreign.Piece is { } piece)
        {
            parameter.copy_(weights.Read(stored).narrow(0, piece.Index * parameter.size(0), parameter.size(0)));
        }
        else if (IsTransposed(entry, foreign))
        {
            parameter.copy_(weights.Read(stored).t());
        }
        else if (isMapped && entry.Type == parameter.dtype)
        {
            var call = new AtenCall();
            call.Push(parameter).Push(weights.Map(stored)).Invoke("aten::set_", "source_Tensor");
            call.Result();
        }
        else
        {
            weights.ReadInto(stored, parameter);
        }
    }

    private static string Some(List<string> names) =>
        string.Join(", ", names.Order(StringComparer.Ordinal).Take(5)) + (names.Count > 5 ? ", …" : "");
}
