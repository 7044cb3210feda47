using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Layers.Adapters;

/// <summary>What an adapter_config.json says: form and sizes, and which modules are changed, by the reference's names.</summary>
/// <param name="Options">Form and sizes; <see cref="ScalingOptions.ScalesInput"/> takes the reference's names too.</param>
/// <param name="IsTarget">Whether the module of that name is changed.</param>
/// <param name="IsHeadAlone">Whether it is a head without any change of the backbone.</param>
internal sealed record AdapterConfig(AdapterOptions Options, Func<string, bool> IsTarget, bool IsHeadAlone)
{
    private const string PromptTuning = "PROMPT_TUNING", PrefixTuning = "PREFIX_TUNING";
    private const string Targets = "target_modules", ScaledInputs = "feedforward_modules", Saved = "modules_to_save", Base = "base_model_name_or_path";
    private const string Quantization = "quantization_config", In8Bits = "load_in_8bit", In4Bits = "load_in_4bit", Type4Bits = "bnb_4bit_quant_type", DoubleFactors = "bnb_4bit_use_double_quant";
    private const string TokenCount = "num_virtual_tokens", PartCount = "num_transformer_submodules", HasNetwork = "prefix_projection";
    private const int LargestTokenCount = 65_536;
    private const int LargestRank = 65_536;

    /// <summary>Whether a config tells of a head of the task's own.</summary>
    public static bool HasHead(JsonObject config) => config[Saved] is JsonArray { Count: > 0 };

    /// <summary>The folder or name of the model that an adapter was trained on; may be empty.</summary>
    /// <param name="config">The file's content.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="CheckpointException">It is no text.</exception>
    public static string BaseModel(JsonObject config, string path) => config[Base] switch
    {
        null => "",
        JsonValue value when value.TryGetValue<string>(out var name) => name,
        var other => throw new CheckpointException($"{path}: {Base} = {other.ToJsonString()} is no folder or name of a model."),
    };

    /// <summary>Reads a config; refuses what is not supported by name.</summary>
    /// <param name="config">The file's content.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="CheckpointException">A field is malformed, or asks for what is not supported.</exception>
    public static AdapterConfig Read(JsonObject config, string path)
    {
        Refuse(config, path);
        try
        {
            AdapterOptions options = (string?)config["peft_type"] switch
            {
                "IA3" => new ScalingOptions { ScalesInput = Matching(config, ScaledInputs, path) },
                PromptTuning => new PromptOptions { Count = ReadTokenCount(config, path) },
                PrefixTuning => new PrefixOptions { Count = ReadTokenCount(config, path) },
                _ => ReadLowRank(config, path),
            };
            options = options with { Base = ReadBase(config, path) };
            return new(options, options is VirtualTokenOptions ? _ => false : Matching(config, Targets, path), HasHead(config) && config[Targets] is JsonArray { Count: 0 });
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException)
        {
            throw new CheckpointException($"{path}: a field has a wrong type. {error.Message}", error);
        }
    }

    /// <summary>The config of a set, in peft's form.</summary>
    /// <param name="adapters">The set.</param>
    /// <param name="model">The model that it sits on.</param>
    /// <param name="nameOf">The reference's name of a projection.</param>
    /// <param name="baseModel">Folder or name of the model, for the record.</param>
    /// <param name="heads">Modules of the head that are saved whole.</param>
    public static JsonObject Write(AdapterSet adapters, Model model, Func<string, string> nameOf, string baseModel, IReadOnlyCollection<string> heads)
    {
        string[] changed = [.. adapters.Adapters.Select(adapter => adapter.Key)];
        var described = new JsonObject
        {
            ["peft_type"] = adapters.Options switch { ScalingOptions => "IA3", PromptOptions => PromptTuning, PrefixOptions => PrefixTuning, _ => "LORA" },
            [Base] = baseModel,
            ["task_type"] = model.HeadKind switch
            {
                HeadKind.CausalLanguageModeling => "CAUSAL_LM",
                HeadKind.SequenceClassification => "SEQ_CLS",
                HeadKind.TokenClassification => "TOKEN_CLS",
                HeadKind.QuestionAnswering => "QUESTION_ANS",
                _ => "FEATURE_EXTRACTION",
            },
            ["inference_mode"] = true,
            [Saved] = heads.Count == 0 ? null : ToArray(heads),
        };
        if (WriteBase(adapters.Options.Base) is { } quantization)
        {
            described[Quantization] = quantization;
        }

        if (adapters.Options is not VirtualTokenOptions)
        {
            described["fan_in_fan_out"] = changed.Any(name => model.Keys.ToForeign(name + ".weight").Layout == WeightLayout.Transposed);
            described[Targets] = Names([.. changed.Select(nameOf)], [.. model.named_modules().Where(entry => entry.module is Projection).Select(entry => nameOf(entry.name))]);
        }

        switch (adapters.Options)
        {
            case VirtualTokenOptions tokens:
                described[TokenCount] = tokens.Count;
                described[PartCount] = adapters.Tokens.Count();
                described["token_dim"] = adapters.Tokens.First().Value.Weight.size(1);
                if (adapters.Tokens.First().Value is PrefixTokens { Shape: var shape })
                {
                    described["token_dim"] = shape.HeadCount * shape.HeadSize;
                    described["num_layers"] = shape.BlockCount;
                    described["num_attention_heads"] = shape.HeadCount;
                    described[HasNetwork] = false;
                }

                break;
            case ScalingOptions scaling:
                described["init_ia3_weights"] = true;
                described[ScaledInputs] = Names([.. changed.Where(scaling.ScalesInput).Select(nameOf)], [.. changed.Select(nameOf)]);
                break;
            case LowRankOptions lowRank:
                described["r"] = lowRank.Rank;
                described["lora_alpha"] = lowRank.Alpha;
                described["lora_dropout"] = lowRank.Dropout;
                described["use_rslora"] = lowRank.IsRankStabilized;
                described["use_dora"] = lowRank is DecomposedOptions;
                described["bias"] = "none";
                break;
        }

        return described;
    }

    // In the words that transformers has for a base in few bits; the reference writes them into the base's own config.
    private static JsonObject? WriteBase(MatrixForm form) => form switch
    {
        MatrixForm.Full => null,
        MatrixForm.Int8 => new() { [In8Bits] = true },
        _ => new() { [In4Bits] = true, [Type4Bits] = "nf4", [DoubleFactors] = form == MatrixForm.Nf4Double },
    };

    private static MatrixForm ReadBase(JsonObject config, string path)
    {
        if (config[Quantization] is not { } stored)
        {
            return MatrixForm.Full;
        }

        return Enum.GetValues<MatrixForm>().Where(form => form != MatrixForm.Full && JsonNode.DeepEquals(WriteBase(form), stored)).Select(form => (MatrixForm?)form).FirstOrDefault()
            ?? throw new CheckpointException($"{path}: {Quantization} = {stored.ToJsonString()} is not supported; only {string.Join(" or ", Enum.GetValues<MatrixForm>().Select(WriteBase).OfType<JsonObject>().Select(known => known.ToJsonString()))} is.");
    }

    // Modules are matched by the ending of their names: the part after the block's number, where it matches no other.
    private static JsonArray Names(string[] modules, string[] all)
    {
        string[] endings = [.. modules.Select(module => Regex.Replace(module, @"^.*\.\d+\.", "")).Distinct()];
        return ToArray(all.Count(module => endings.Any(ending => EndsWith(module, ending))) == modules.Length ? endings : modules);
    }

    private static JsonArray ToArray(IEnumerable<string> names) => new([.. names.Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))]);

    private static bool EndsWith(string module, string ending) => module == ending || module.EndsWith("." + ending, StringComparison.Ordinal);

    private static void Refuse(JsonObject config, string path)
    {
        void Unless(string field, Func<JsonNode, bool> isPlain, string supported)
        {
            if (config[field] is { } value && !isPlain(value))
            {
                throw new CheckpointException($"{path}: {field} = {value.ToJsonString()} is not supported; only {supported} is.");
            }
        }

        static bool IsEmpty(JsonNode node) => node is JsonObject { Count: 0 } or JsonArray { Count: 0 };
        Unless("peft_type", node => node.ToString() is "LORA" or "IA3" or PromptTuning or PrefixTuning, $"LORA, IA3, {PromptTuning} or {PrefixTuning}");
        Unless("bias", node => node.ToString() == "none", "none");
        foreach (var flag in (string[])["lora_bias", "use_qalora", HasNetwork])
        {
            Unless(flag, node => node.GetValueKind() == JsonValueKind.False, "false");
        }

        foreach (var pattern in (string[])["rank_pattern", "alpha_pattern", "layers_to_transform", "layers_pattern", "layer_replication",
            "exclude_modules", "target_parameters", "trainable_token_indices"])
        {
            Unless(pattern, IsEmpty, "an empty value");
        }
    }

    private static int ReadTokenCount(JsonObject config, string path) => (int?)config[TokenCount] is { } count and >= 1 and <= LargestTokenCount
        ? count
        : throw new CheckpointException($"{path}: {TokenCount} = {config[TokenCount]?.ToJsonString() ?? "nothing"} must be between 1 and {LargestTokenCount}.");

    private static LowRankOptions ReadLowRank(JsonObject config, string path)
    {
        var rank = (int)(config["r"] ?? throw new CheckpointException($"{path}: r, the rank, is missing."));
        if (rank is < 1 or > LargestRank)
        {
            throw new CheckpointException($"{path}: r = {rank} must be between 1 and {LargestRank}.");
        }

        var options = config["use_dora"]?.GetValue<bool>() == true ? new DecomposedOptions() : new LowRankOptions();
        return options with
        {
            Rank = rank,
            Alpha = config["lora_alpha"]?.GetValue<double>() ?? 8,
            Dropout = config["lora_dropout"]?.GetValue<double>() ?? 0,
            IsRankStabilized = config["use_rslora"]?.GetValue<bool>() ?? false,
        };
    }

    private static Func<string, bool> Matching(JsonObject config, string field, string path)
    {
        switch (config[field])
        {
            case JsonArray names when names.All(name => name is JsonValue value && value.TryGetValue<string>(out _)):
                var endings = names.Select(name => (string)name!).ToList();
                return module => endings.Any(ending => EndsWith(module, ending));
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
                    throw new CheckpointException($"{path}: {field} '{pattern}' is not a pattern that can be matched safely. Name the modules in a list.", error);
                }

            default:
                throw new CheckpointException($"{path}: {field} must be a list of names or a pattern.");
        }
    }
}
