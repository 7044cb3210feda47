using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Inference.Sampling;

/// <summary>
/// Reads how a checkpoint wants its tokens chosen: <c>generation_config.json</c>. Lengths of whole sequences (<c>max_length</c>) are left to
/// the caller; a setting that would change the output and is not supported is refused by name.
/// </summary>
public static class GenerationConfigFile
{
    /// <summary>The name of the file.</summary>
    public const string Name = "generation_config.json";

    // Settings of the reference that change the output, with the values that switch them off.
    private static readonly Dictionary<string, double[]> Unsupported = new(StringComparer.Ordinal)
    {
        ["penalty_alpha"] = [0], ["num_beam_groups"] = [1], ["diversity_penalty"] = [0], ["guidance_scale"] = [1], ["encoder_repetition_penalty"] = [1],
        ["encoder_no_repeat_ngram_size"] = [0], ["top_h"] = [], ["sequence_bias"] = [], ["forced_decoder_ids"] = [], ["begin_suppress_tokens"] = [], ["constraints"] = [],
        ["force_words_ids"] = [], ["watermarking_config"] = [], ["dola_layers"] = [], ["token_healing"] = [0],
    };

    /// <summary>Whether a folder has the file.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, Name));

    /// <summary>The options with what the folder's file says; unchanged where there is no file.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="options">What holds where the file is silent.</param>
    /// <exception cref="CheckpointException">The file is malformed, a value has a wrong type, or a setting is not supported.</exception>
    public static GenerationOptions Read(string folder, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!Exists(folder))
        {
            return options;
        }

        var path = Path.Combine(folder, Name);
        var json = Checkpoint.ReadJson(path);
        Refuse(json, path);
        try
        {
            return Sampling(json, Search(json, options)) with
            {
                MaxNewTokens = Value(json, "max_new_tokens", options.MaxNewTokens),
                MinNewTokens = Value(json, "min_new_tokens", options.MinNewTokens),
                MinLength = Value(json, "min_length", options.MinLength),
                RepetitionPenalty = Value(json, "repetition_penalty", options.RepetitionPenalty),
                NoRepeatNgramSize = Value(json, "no_repeat_ngram_size", options.NoRepeatNgramSize),
                BadWordsIds = json["bad_words_ids"] is JsonArray words ? [.. words.Select(Ids)] : options.BadWordsIds,
                SuppressTokens = json["suppress_tokens"] is { } suppressed ? Ids(suppressed) : options.SuppressTokens,
                ForcedBosTokenId = json["forced_bos_token_id"] is { } first ? (int)first : options.ForcedBosTokenId,
                ForcedEosTokenId = json["forced_eos_token_id"] is { } last ? (int)last : options.ForcedEosTokenId,
                ExponentialDecayLengthPenalty = json["exponential_decay_length_penalty"] is JsonArray { Count: 2 } decay
                    ? new(Id(decay[0]), (double)(decay[1] ?? throw new FormatException("exponential_decay_length_penalty lacks its factor.")))
                    : options.ExponentialDecayLengthPenalty,
                RenormalizeLogits = Value(json, "renormalize_logits", options.RenormalizeLogits),
                EosTokenIds = json["eos_token_id"] is { } ends ? Ids(ends) : options.EosTokenIds,
                PadTokenId = json["pad_token_id"] is { } pad ? (int)pad : options.PadTokenId,
            };
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or ArgumentNullException or JsonException)
        {
            throw new CheckpointException($"{path}: {error.Message} Compare it with the reference's GenerationConfig.", error);
        }
    }

    private static GenerationOptions Sampling(JsonObject json, GenerationOptions options) => options with
    {
        DoSample = Value(json, "do_sample", options.DoSample),
        // Files of greedy models often say 0, which has no meaning when nothing is drawn.
        Temperature = Value(json, "temperature", options.Temperature) is > 0 and var heat ? heat : options.Temperature,
        TopK = Value(json, "top_k", options.TopK),
        TopP = Value(json, "top_p", options.TopP),
        MinP = json["min_p"] is null ? options.MinP : Value(json, "min_p", 0.0),
        TypicalP = Value(json, "typical_p", options.TypicalP),
        EpsilonCutoff = Value(json, "epsilon_cutoff", options.EpsilonCutoff),
        EtaCutoff = Value(json, "eta_cutoff", options.EtaCutoff),
    };

    private static GenerationOptions Search(JsonObject json, GenerationOptions options) => options with
    {
        NumBeams = Value(json, "num_beams", options.NumBeams),
        LengthPenalty = Value(json, "length_penalty", options.LengthPenalty),
        EarlyStopping = json["early_stopping"] switch
        {
            null => options.EarlyStopping,
            JsonValue flag when flag.TryGetValue<bool>(out var isOn) => isOn ? EarlyStopping.WhenFull : EarlyStopping.Heuristic,
            JsonValue word when word.TryGetValue<string>(out var text) && text == "never" => EarlyStopping.Never,
            var other => throw new FormatException($"early_stopping is {other.ToJsonString()}; known are true, false and \"never\"."),
        },
    };

    private static void Refuse(JsonObject json, string path)
    {
        foreach (var (name, harmless) in Unsupported)
        {
            if (json[name] is { } value && !IsOff(value, harmless))
            {
                throw new CheckpointException($"{path}: '{name}' is {value.ToJsonString()}; it changes what is written and is not supported. Remove it, or set it to null.");
            }
        }
    }

    private static bool IsOff(JsonNode value, double[] harmless) => value switch
    {
        JsonArray list => list.Count == 0,
        JsonObject map => map.Count == 0,
        JsonValue flag when flag.TryGetValue<bool>(out var isOn) => !isOn,
        JsonValue number when number.TryGetValue<double>(out var given) => harmless.Contains(given),
        _ => false,
    };

    private static IReadOnlyList<int> Ids(JsonNode? value) => value is JsonArray several ? [.. several.Select(Id)] : [Id(value)];

    private static int Id(JsonNode? value) => value is not null ? (int)value : throw new FormatException("A token id is null.");

    private static T Value<T>(JsonObject json, string name, T otherwise) => json[name] is { } value ? value.GetValue<T>() : otherwise;
}
