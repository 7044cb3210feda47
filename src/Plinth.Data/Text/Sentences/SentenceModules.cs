using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;

namespace Plinth.Data.Text;

/// <summary>
/// What a sentence-transformers folder says beside the model: how texts become vectors (Reimers and Gurevych 2019,
/// arXiv:1908.10084). Its files are <c>modules.json</c>, <c>1_Pooling/config.json</c>, <c>sentence_bert_config.json</c> and
/// <c>config_sentence_transformers.json</c>.
/// </summary>
public sealed record SentenceModules
{
    internal const string ModulesFile = "modules.json", LimitsFile = "sentence_bert_config.json", PromptsFile = "config_sentence_transformers.json", PoolingFolder = "1_Pooling";

    /// <summary>How token vectors become one; several are put one after the other.</summary>
    public IReadOnlyList<Pooling> Pooling { get; init; } = [Text.Pooling.Mean];

    /// <summary>Whether the tokens of a prompt count in pooling too.</summary>
    public bool PoolsPrompt { get; init; } = true;

    /// <summary>What follows pooling, in order.</summary>
    public IReadOnlyList<SentenceStep> Steps { get; init; } = [];

    /// <summary>Tokens of a text that are read, special ones included; null means all positions of the model.</summary>
    public int? MaximumLength { get; init; }

    /// <summary>Whether texts are read in lower case, whatever the tokenizer does.</summary>
    public bool LowersCase { get; init; }

    /// <summary>Texts to put before others, by the name of their use, for example <c>query</c>.</summary>
    public IReadOnlyDictionary<string, string> Prompts { get; init; } = new Dictionary<string, string>();

    /// <summary>Name of the prompt that is used when none is asked for, or null.</summary>
    public string? DefaultPrompt { get; init; }

    /// <summary>Where the model's own files are.</summary>
    public string ModelFolder { get; init; } = "";

    /// <summary>Whether a folder says how its texts become vectors.</summary>
    public static bool AreIn(string folder) => File.Exists(Path.Combine(folder, ModulesFile));

    /// <summary>Reads a folder.</summary>
    /// <returns>Null when it has no <c>modules.json</c>.</returns>
    /// <exception cref="CheckpointException">A file is malformed, or it names a module, pooling or activation that is not known.</exception>
    public static SentenceModules? Read(string folder) => AreIn(folder) ? SentenceModulesReader.Read(folder) : null;

    /// <summary>As the folder says, or else the mean of the tokens, of unit length.</summary>
    /// <param name="folder">Any model's folder.</param>
    /// <exception cref="CheckpointException">A file is malformed, or it names a module, pooling or activation that is not known.</exception>
    public static SentenceModules Of(string folder) => Read(folder) ?? new() { ModelFolder = folder, Steps = [new NormalizeStep()] };

    /// <summary>Writes the files beside a model's own, as sentence-transformers reads them.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="hiddenSize">Components of a token's vector.</param>
    /// <exception cref="NotSupportedException">There are steps other than normalising.</exception>
    public void Save(string folder, int hiddenSize)
    {
        if (Steps.Any(step => step is not NormalizeStep))
        {
            throw new NotSupportedException("Only normalising can be written after pooling.");
        }

        JsonArray modules = [Module(0, "", "Transformer"), Module(1, PoolingFolder, "Pooling"), .. Steps.Select((_, i) => Module(2 + i, $"{2 + i}_Normalize", "Normalize"))];
        var pooling = new JsonObject { ["word_embedding_dimension"] = hiddenSize };
        foreach (var (mode, key) in SentenceModulesReader.PoolingKeys)
        {
            pooling[key] = Pooling.Contains(mode);
        }

        pooling["include_prompt"] = PoolsPrompt;
        Write(Path.Combine(folder, PoolingFolder, Checkpoint.ConfigFile), pooling);
        Write(Path.Combine(folder, LimitsFile), new JsonObject { ["max_seq_length"] = MaximumLength, ["do_lower_case"] = LowersCase });
        Write(Path.Combine(folder, PromptsFile), new JsonObject
        {
            ["prompts"] = new JsonObject(Prompts.Select(prompt => KeyValuePair.Create<string, JsonNode?>(prompt.Key, prompt.Value))),
            ["default_prompt_name"] = DefaultPrompt,
            ["similarity_fn_name"] = "cosine",
        });

        // Last, for it is this file that makes the folder one of sentence-transformers.
        Write(Path.Combine(folder, ModulesFile), modules);
    }

    private static JsonObject Module(int number, string path, string kind) => new JsonObject
    {
        ["idx"] = number,
        ["name"] = $"{number}",
        ["path"] = path,
        ["type"] = $"sentence_transformers.models.{kind}",
    };

    private static void Write(string path, JsonNode json) => AtomicFile.WriteText(path, json.ToJsonString(new() { WriteIndented = true }));
}
