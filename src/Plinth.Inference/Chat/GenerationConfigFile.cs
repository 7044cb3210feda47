using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Inference.Sampling;

namespace Plinth.Inference.Chat;

/// <summary>Reads how a checkpoint wants its tokens chosen: <c>generation_config.json</c>.</summary>
internal static class GenerationConfigFile
{
    /// <summary>The name of the file.</summary>
    public const string Name = "generation_config.json";

    /// <summary>The options with the settings of sampling and the ends that the folder's file gives.</summary>
    /// <exception cref="CheckpointException">The file is malformed, or a value has a wrong type.</exception>
    public static GenerationOptions Read(string folder, GenerationOptions options)
    {
        var path = Path.Combine(folder, Name);
        var json = Checkpoint.ReadJson(path);
        try
        {
            return options with
            {
                DoSample = Value(json, "do_sample", options.DoSample),
                Temperature = Value(json, "temperature", options.Temperature) is > 0 and var heat ? heat : options.Temperature,
                TopK = Value(json, "top_k", options.TopK),
                TopP = Value(json, "top_p", options.TopP),
                MinP = json["min_p"] is null ? options.MinP : Value(json, "min_p", 0.0),
                TypicalP = Value(json, "typical_p", options.TypicalP),
                EpsilonCutoff = Value(json, "epsilon_cutoff", options.EpsilonCutoff),
                EtaCutoff = Value(json, "eta_cutoff", options.EtaCutoff),
                RepetitionPenalty = Value(json, "repetition_penalty", options.RepetitionPenalty),
                NoRepeatNgramSize = Value(json, "no_repeat_ngram_size", options.NoRepeatNgramSize),
                EosTokenIds = json["eos_token_id"] switch
                {
                    null => options.EosTokenIds,
                    JsonArray several => [.. several.Select(id => (int)id!)],
                    var one => [(int)one],
                },
            };
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or ArgumentNullException)
        {
            throw new CheckpointException($"{path}: {error.Message} Compare it with the reference's GenerationConfig.", error);
        }
    }

    private static T Value<T>(JsonObject json, string name, T otherwise) => json[name] is { } value ? value.GetValue<T>() : otherwise;
}
