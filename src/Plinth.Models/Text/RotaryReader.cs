using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Layers.Positions;

namespace Plinth.Models.Text;

/// <summary>Reads <c>rope_scaling</c> of config.json.</summary>
internal static class RotaryReader
{
    /// <summary>The stretch that it asks for, or null.</summary>
    /// <param name="node">The field.</param>
    /// <param name="maximumLength"><c>max_position_embeddings</c>.</param>
    /// <param name="pairs">Pairs of components that are rotated, for lists of divisors.</param>
    /// <param name="originalLength"><c>original_max_position_embeddings</c> of the config itself, or null.</param>
    /// <exception cref="CheckpointException">Its type is unknown or a number is missing.</exception>
    public static RotaryScaling? Scaling(JsonNode? node, int maximumLength, int pairs, int? originalLength = null)
    {
        if (node is not JsonObject json)
        {
            return node is null ? null : throw new CheckpointException($"rope_scaling = {node.ToJsonString()} is no object.");
        }

        var type = Text(json["rope_type"]) ?? Text(json["type"]) ?? "default";
        var original = (int)(Find(json, "original_max_position_embeddings") ?? originalLength ?? maximumLength);
        switch (type)
        {
            case "default":
                return null;
            case "linear":
                return new LinearScaling(Need(json, "factor"));
            case "dynamic":
                return new DynamicScaling(Need(json, "factor"), maximumLength);
            case "llama3":
                return new BandScaling(Need(json, "factor"), Need(json, "low_freq_factor"), Need(json, "high_freq_factor"), (int)Need(json, "original_max_position_embeddings"));
            case "yarn":
                var factor = Find(json, "factor") ?? (double)maximumLength / original;
                return new YarnScaling(factor, original, Find(json, "beta_fast") ?? 32, Find(json, "beta_slow") ?? 1, Find(json, "attention_factor") ?? Strength(json, factor),
                    json["truncate"] is not JsonValue truncate || !truncate.TryGetValue<bool>(out var isTruncated) || isTruncated);
            case "longrope" or "su":
                var stretch = (double)maximumLength / original;
                return new ListedScaling(List(json, "short_factor", pairs), List(json, "long_factor", pairs), original,
                    Find(json, "attention_factor") ?? (stretch <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(stretch) / Math.Log(original)))));
            default:
                throw new CheckpointException($"rope_scaling of the type '{type}' is not supported. Known: default, linear, dynamic, llama3, yarn, longrope.");
        }
    }

    // DeepSeek's reference divides two strengths; where a config names none the paper's follows from the factor.
    private static double? Strength(JsonObject json, double factor)
    {
        double Of(double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;
        return Find(json, "mscale") is { } scale && Find(json, "mscale_all_dim") is { } all ? Of(scale) / Of(all) : null;
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static double? Find(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<double>(out var number) ? number : null;

    private static double Need(JsonObject json, string name) =>
        Find(json, name) is > 0 and var number ? number : throw new CheckpointException($"rope_scaling.{name} must be a positive number.");

    private static double[] List(JsonObject json, string name, int count)
    {
        double[] list = [.. (json[name] as JsonArray ?? []).Select(node => node is JsonValue value && value.TryGetValue<double>(out var number) ? number : 0)];
        return list.Length == count && list.All(number => number > 0)
            ? list
            : throw new CheckpointException($"rope_scaling.{name} must hold {count} positive numbers, one for each pair of rotated components.");
    }
}
