using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;

namespace Plinth.Models;

/// <summary>Marks a number of a config that may be 0 or negative, which then means "none", or counts from the end.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MayBeAbsentAttribute : Attribute;

/// <summary>Checks of config.json that families share; a message names the file and the field.</summary>
/// <param name="source">File name for messages.</param>
public sealed class ConfigRules(string source)
{
    // No published model comes near; a larger number is a lie or a slip and would only exhaust memory.
    private const int LargestSize = 16_000_000;

    // Options that change the mathematics wherever they are known; a family that does not read one must not pass over it.
    private static readonly HashSet<string> mathematical = new(StringComparer.Ordinal)
    {
        "quantization_config", "is_decoder", "add_cross_attention", "pruned_heads", "position_embedding_type", "rope_scaling", "rope_parameters",
        "partial_rotary_factor", "rotary_pct", "rotary_dim", "sliding_window", "layer_types", "attn_logit_softcapping", "final_logit_softcapping",
        "query_pre_attn_scalar", "alibi", "parallel_attn", "new_decoder_architecture", "use_parallel_residual", "qk_layernorm", "use_qk_norm",
        "num_local_experts", "num_experts", "embedding_multiplier", "residual_multiplier", "attention_multiplier", "logits_scaling", "logit_scale",
        "conv_kernel_size", "cross_layer_parameter_sharing", "tie_encoder_decoder", "parallel_hidden_layers", "clip_qkv", "mup_scale",
    };

    /// <summary>File name for messages.</summary>
    public string Source => source;

    /// <summary>Refuses a value that would change the computation and is not supported.</summary>
    /// <param name="holds">Whether the value is supported.</param>
    /// <param name="field">Name in config.json.</param>
    /// <param name="found">The value.</param>
    /// <param name="supported">What is supported, in words.</param>
    /// <exception cref="CheckpointException">It is not.</exception>
    public void Require(bool holds, string field, object? found, string supported)
    {
        if (!holds)
        {
            var value = found switch { null => "null", bool flag => flag ? "true" : "false", JsonNode node => node.ToJsonString(), _ => found };
            throw new CheckpointException($"{source}: {field} = {value} changes the computation and is not supported; only {supported} is.");
        }
    }

    /// <summary>Checks that every size of a config can be one.</summary>
    /// <param name="config">The config.</param>
    /// <param name="hasVocabulary">Whether it must name a vocabulary.</param>
    /// <exception cref="CheckpointException">One is 0, negative or absurd.</exception>
    internal void Sizes(ModelConfig config, bool hasVocabulary = true)
    {
        foreach (var property in config.GetType().GetProperties().Where(p => p.DeclaringType != typeof(ModelConfig) || (hasVocabulary && p.Name == nameof(ModelConfig.VocabSize))))
        {
            if (Nullable.GetUnderlyingType(property.PropertyType) is var inner && (inner ?? property.PropertyType) != typeof(int)
                || property.Name.EndsWith("Id", StringComparison.Ordinal) || property.GetValue(config) is not int value)
            {
                continue;
            }

            if (value > 0 || property.GetCustomAttribute<MayBeAbsentAttribute>() is null)
            {
                Size(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), value);
            }
        }
    }

    /// <summary>Checks that a number can be a size.</summary>
    /// <param name="field">Name in config.json.</param>
    /// <param name="value">The number.</param>
    /// <exception cref="CheckpointException">It is 0, negative or absurd.</exception>
    public void Size(string field, int value)
    {
        if (value is <= 0 or > LargestSize)
        {
            throw new CheckpointException($"{source}: {field} = {value} must be between 1 and {LargestSize}.");
        }
    }

    /// <summary>Refuses options that other architectures know and this one does not, unless they are switched off.</summary>
    /// <exception cref="CheckpointException">One is switched on.</exception>
    internal void Unknown(ModelConfig config)
    {
        foreach (var (name, value) in config.Extra)
        {
            if (mathematical.Contains(name) && !IsOff(value))
            {
                throw new CheckpointException(
                    $"{source}: {name} = {value.GetRawText()} changes the computation and '{config.ModelType}' does not support it here; only its absence is.");
            }
        }
    }

    /// <summary>Refuses a config whose family does not read <c>tie_word_embeddings</c> and makes its logits the other way.</summary>
    /// <exception cref="CheckpointException">It says otherwise.</exception>
    internal void Tied(ModelConfig config, bool isTied)
    {
        if (config.Extra.TryGetValue("tie_word_embeddings", out var value) && value.ValueKind == (isTied ? JsonValueKind.False : JsonValueKind.True))
        {
            Require(false, "tie_word_embeddings", !isTied, isTied ? "true" : "false");
        }
    }

    private static bool IsOff(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Array => value.GetArrayLength() == 0 || value.EnumerateArray().All(entry => entry.ValueKind == JsonValueKind.String && entry.GetString() == "full_attention"),
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        JsonValueKind.Number => value.TryGetDouble(out var number) && number is 0 or 1,
        JsonValueKind.String => value.GetString() is "absolute" or "",
        _ => false,
    };
}
