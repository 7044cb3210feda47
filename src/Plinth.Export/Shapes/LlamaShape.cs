using System.Text.Json.Nodes;

namespace Plinth.Export.Shapes;

/// <summary>The sizes and options of a decoder of Llama's kind (llama, mistral, qwen2, qwen3) that an export needs.</summary>
internal sealed record LlamaShape
{
    /// <summary>The reference's prefix of the backbone's weights.</summary>
    public const string Prefix = "model.";

    /// <summary>Architectures that share this block.</summary>
    public static readonly IReadOnlyDictionary<string, string> Architectures = new Dictionary<string, string>
    {
        ["llama"] = "LlamaForCausalLM",
        ["mistral"] = "MistralForCausalLM",
        ["qwen2"] = "Qwen2ForCausalLM",
        ["qwen3"] = "Qwen3ForCausalLM",
    };

    public required int LayerCount { get; init; }

    public required int HiddenSize { get; init; }

    public required int InnerSize { get; init; }

    public required int HeadCount { get; init; }

    public required int KeyHeadCount { get; init; }

    public required int HeadSize { get; init; }

    public required int VocabularySize { get; init; }

    public required int PositionCount { get; init; }

    public required double Epsilon { get; init; }

    public required RotaryShape Rotary { get; init; }

    public required bool IsTied { get; init; }

    /// <summary>Whether queries, keys and values have a bias.</summary>
    public required bool HasInputBias { get; init; }

    /// <summary>Whether attention's last map has a bias.</summary>
    public required bool HasOutputBias { get; init; }

    /// <summary>Whether the feed-forward's maps have a bias.</summary>
    public required bool HasInnerBias { get; init; }

    /// <summary>Whether queries and keys are normalised per head.</summary>
    public required bool HasHeadNorm { get; init; }

    /// <summary>How many tokens back a token sees, itself included; null for all.</summary>
    public int? Window { get; init; }

    /// <summary>Reads config.json and refuses what changes the mathematics.</summary>
    public static LlamaShape Read(ModelFolder folder)
    {
        folder.Prefix = Prefix;
        var config = folder.Config;
        if (folder.Architecture != Architectures[folder.ModelType])
        {
            throw config.Wrong("architectures", $"names {folder.Architecture}; of {folder.ModelType} only {Architectures[folder.ModelType]} can be exported");
        }

        if (config.Text("hidden_act", "silu") is var activation and not "silu")
        {
            throw config.Wrong("hidden_act", $"is '{activation}'; only 'silu' can be exported");
        }

        if (config.Number("partial_rotary_factor", 1) is not 1)
        {
            throw config.Wrong("partial_rotary_factor", "is not 1, which cannot be exported");
        }

        var isQwen2 = folder.ModelType == "qwen2";
        var hidden = config.Size("hidden_size");
        var heads = config.Size("num_attention_heads");
        var positions = config.Size("max_position_embeddings", 2048);
        var hasBias = config.Flag("attention_bias", isQwen2);
        var shape = new LlamaShape
        {
            LayerCount = config.Size("num_hidden_layers"),
            HiddenSize = hidden,
            InnerSize = config.Size("intermediate_size"),
            HeadCount = heads,
            KeyHeadCount = config.Size("num_key_value_heads", heads),
            HeadSize = config.Size("head_dim", Math.Max(1, hidden / heads)),
            VocabularySize = config.Size("vocab_size"),
            PositionCount = positions,
            Epsilon = config.Number("rms_norm_eps", 1e-6),
            Rotary = RotaryShape.Read(config, positions),
            IsTied = config.Flag("tie_word_embeddings", false),
            HasInputBias = hasBias,
            HasOutputBias = hasBias && !isQwen2,
            HasInnerBias = config.Flag("mlp_bias", false),
            HasHeadNorm = folder.ModelType == "qwen3",
            Window = WindowOf(folder, positions),
        };
        return shape.HeadCount % shape.KeyHeadCount == 0 && shape.HeadSize % 2 == 0
            ? shape
            : throw config.Wrong("num_key_value_heads", $"is {shape.KeyHeadCount} and head_dim {shape.HeadSize}: heads must divide into {shape.HeadCount}, and a head have pairs");
    }

    private static int? WindowOf(ModelFolder folder, int positions)
    {
        var config = folder.Config;
        var isOn = folder.ModelType == "mistral" || config.Flag("use_sliding_window", false);
        if (folder.ModelType == "llama" || !isOn || config.Whole("sliding_window") is not { } window || window >= positions)
        {
            return null;
        }

        var mixes = config.Json["layer_types"] is JsonArray types && types.Any(type => type?.ToString() != "sliding_attention");
        if (window < 1 || mixes || (folder.ModelType != "mistral" && config.Whole("max_window_layers") is > 0))
        {
            throw config.Wrong("sliding_window", "differs between layers, which cannot be exported");
        }

        return (int)window;
    }
}
