using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Data.Text;

/// <summary>Reads the files of a sentence-transformers folder; what would change the vectors and is not known is refused by name.</summary>
internal static class SentenceModulesReader
{
    private const string ModePrefix = "pooling_mode_";
    private const int LargestSize = 1 << 20, MostModules = 16, MostPrompts = 1000;
    private const long LargestFile = 1 << 20;

    // Older folders call the file after their architecture.
    private static readonly string[] LimitsFiles =
    [
        SentenceModules.LimitsFile, .. ((string[])["roberta", "distilbert", "camembert", "albert", "xlm-roberta", "xlnet"]).Select(name => $"sentence_{name}_config.json"),
    ];

    /// <summary>The flag of each pooling in <c>1_Pooling/config.json</c>.</summary>
    public static IReadOnlyList<(Pooling Mode, string Key)> PoolingKeys { get; } =
    [
        (Pooling.First, ModePrefix + "cls_token"),
        (Pooling.Mean, ModePrefix + "mean_tokens"),
        (Pooling.Max, ModePrefix + "max_tokens"),
        (Pooling.MeanSqrtLength, ModePrefix + "mean_sqrt_len_tokens"),
        (Pooling.WeightedMean, ModePrefix + "weightedmean_tokens"),
        (Pooling.Last, ModePrefix + "lasttoken"),
    ];

    public static SentenceModules Read(string folder)
    {
        var path = Path.Combine(folder, SentenceModules.ModulesFile);
        string? model = null;
        IReadOnlyList<Pooling>? pooling = null;
        var poolsPrompt = true;
        List<SentenceStep> steps = [];
        foreach (var module in Modules(path))
        {
            var type = Text(module, "type", path);
            var inside = Inside(folder, module, path);
            switch (type[(type.LastIndexOf('.') + 1)..])
            {
                case "Transformer" when model is null && pooling is null:
                    model = inside;
                    break;
                case "Pooling" when model is not null && pooling is null:
                    (pooling, poolsPrompt) = PoolingOf(Path.Combine(inside, Checkpoint.ConfigFile));
                    break;
                case "Normalize" when pooling is not null:
                    steps.Add(new NormalizeStep());
                    break;
                case "Dense" when pooling is not null:
                    steps.Add(Dense(inside));
                    break;
                default:
                    throw new CheckpointException(
                        $"{path}: the module '{type}' is not known at its place. Known: Transformer, then Pooling, then any of Dense and Normalize.");
            }
        }

        if (model is null || pooling is null)
        {
            throw new CheckpointException($"{path} names no {(model is null ? "Transformer" : "Pooling")}, so texts get no vectors.");
        }

        return Prompted(folder, Limited(model, new() { ModelFolder = model, Pooling = pooling, PoolsPrompt = poolsPrompt, Steps = steps }));
    }

    private static (IReadOnlyList<Pooling> Modes, bool PoolsPrompt) PoolingOf(string path)
    {
        var json = Checkpoint.ReadJson(path);
        List<Pooling> modes = [];
        foreach (var (key, _) in json.Where(entry => entry.Key.StartsWith(ModePrefix, StringComparison.Ordinal)).ToList())
        {
            if (Flag(json, key, path))
            {
                modes.Add(PoolingKeys.FirstOrDefault(known => known.Key == key) is { Key: not null } known
                    ? known.Mode
                    : throw new CheckpointException($"{path}: the pooling '{key}' is not known. Known: {string.Join(", ", PoolingKeys.Select(entry => entry.Key))}."));
            }
        }

        return modes.Count > 0
            ? (modes.Order().ToArray(), json["include_prompt"] is null || Flag(json, "include_prompt", path))
            : throw new CheckpointException($"{path} turns no pooling on. Known: {string.Join(", ", PoolingKeys.Select(entry => entry.Key))}.");
    }

    private static DenseStep Dense(string folder)
    {
        var path = Path.Combine(folder, Checkpoint.ConfigFile);
        var json = Checkpoint.ReadJson(path);
        var activation = json["activation_function"] is null ? "torch.nn.modules.activation.Tanh" : Text(json, "activation_function", path);
        var isTanh = activation[(activation.LastIndexOf('.') + 1)..] switch
        {
            "Tanh" => true,
            "Identity" => false,
            _ => throw new CheckpointException($"{path}: the activation '{activation}' is not known. Known: Tanh, Identity."),
        };
        return new(folder, Size(json, "in_features", path), Size(json, "out_features", path), json["bias"] is null || Flag(json, "bias", path), isTanh);
    }

    private static SentenceModules Limited(string modelFolder, SentenceModules modules)
    {
        if (LimitsFiles.Select(name => Path.Combine(modelFolder, name)).FirstOrDefault(File.Exists) is not { } path)
        {
            return modules;
        }

        var json = Checkpoint.ReadJson(path);
        return modules with
        {
            MaximumLength = json["max_seq_length"] is null ? null : Size(json, "max_seq_length", path),
            LowersCase = json["do_lower_case"] is not null && Flag(json, "do_lower_case", path),
        };
    }

    private static SentenceModules Prompted(string folder, SentenceModules modules)
    {
        var path = Path.Combine(folder, SentenceModules.PromptsFile);
        if (!File.Exists(path))
        {
            return modules;
        }

        var json = Checkpoint.ReadJson(path);
        var prompts = json["prompts"] switch
        {
            null => new Dictionary<string, string>(),
            JsonObject { Count: <= MostPrompts } all => all.Where(prompt => prompt.Value is not null).ToDictionary(prompt => prompt.Key, prompt => Text(all, prompt.Key, path)),
            _ => throw new CheckpointException($"{path}: prompts is no object of at most {MostPrompts} texts."),
        };
        var named = json["default_prompt_name"] is null ? null : Text(json, "default_prompt_name", path);
        return named is null || prompts.ContainsKey(named)
            ? modules with { Prompts = prompts, DefaultPrompt = named }
            : throw new CheckpointException($"{path}: default_prompt_name is '{named}'. Known: {string.Join(", ", prompts.Keys)}.");
    }

    private static IEnumerable<JsonObject> Modules(string path)
    {
        JsonNode? json;
        try
        {
            json = new FileInfo(path).Length <= LargestFile ? JsonTree.Parse(File.ReadAllText(path)) : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} cannot be read: {error.Message}", error);
        }

        return json is JsonArray { Count: > 0 and <= MostModules } array && array.All(item => item is JsonObject)
            ? array.Select(item => (JsonObject)item!)
            : throw new CheckpointException($"{path} is no list of at most {MostModules} modules.");
    }

    private static string Inside(string folder, JsonObject module, string path)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var relative = Text(module, "path", path);
        var full = relative.Contains('\0', StringComparison.Ordinal) ? "" : Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(root, relative)));
        return full == root || full.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new CheckpointException($"{path}: the path '{relative}' leads out of the folder.");
    }

    private static string Text(JsonObject json, string key, string path) =>
        json[key] is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw new CheckpointException($"{path}: {key} is no text.");

    private static bool Flag(JsonObject json, string key, string path) =>
        json[key] is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : throw new CheckpointException($"{path}: {key} is neither true nor false.");

    private static int Size(JsonObject json, string key, string path) =>
        json[key] is JsonValue value && value.TryGetValue<int>(out var size) && size is >= 1 and <= LargestSize
            ? size
            : throw new CheckpointException($"{path}: {key} is no whole number from 1 to {LargestSize}.");
}
