using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Layers.Attention;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text;

/// <summary><c>layer_types</c> or <c>attention_types</c> of config.json: which blocks see all and which a window.</summary>
internal static class LayerWindows
{
    public const string Sliding = "sliding_attention";
    private const string Full = "full_attention";

    public static void Check(IReadOnlyList<string>? types, int layerCount, ConfigRules rules)
    {
        if (types is null)
        {
            return;
        }

        rules.Require(types.All(type => type is Sliding or Full), "layer_types", string.Join(", ", types), $"{Full} and {Sliding}");
        if (types.Count < layerCount)
        {
            throw new CheckpointException($"{rules.Source}: layer_types has {types.Count} entries for {layerCount} layers.");
        }
    }

    /// <summary>Reads GPT-Neo's form, patterns and how often each is repeated: <c>[[["global", "local"], 12]]</c>.</summary>
    /// <param name="types">The field; null alternates, beginning with global.</param>
    /// <param name="layerCount">Blocks.</param>
    /// <returns>For each block whether it sees only a window.</returns>
    /// <exception cref="CheckpointException">The patterns are malformed or do not fit the blocks.</exception>
    public static IReadOnlyList<bool> Local(JsonNode? types, int layerCount)
    {
        if (types is null)
        {
            return [.. Enumerable.Range(0, layerCount).Select(i => i % 2 == 1)];
        }

        try
        {
            bool[] layers = [.. types.AsArray().SelectMany(entry => Enumerable.Repeat(entry![0]!.AsArray(), Math.Clamp((int)entry[1]!, 0, layerCount)))
                .SelectMany(pattern => pattern.Select(name => (string?)name switch { "local" => true, "global" => false, _ => throw new JsonException("names are global and local") }))];
            return layers.Length == layerCount ? layers : throw new JsonException($"{layers.Length} blocks are listed and {layerCount} exist");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NullReferenceException or ArgumentOutOfRangeException or FormatException)
        {
            throw new CheckpointException($"attention_types = {types.ToJsonString()} is malformed: {error.Message}.", error);
        }
    }

    /// <summary>Changes the attention of all blocks.</summary>
    public static StackOptions Map(StackOptions stack, Func<AttentionOptions, AttentionOptions> change)
    {
        var of = stack.Blocks.AttentionOf;
        return stack with
        {
            Blocks = stack.Blocks with { Attention = change(stack.Blocks.Attention), AttentionOf = of is null ? null : block => change(of(block)) },
        };
    }
}
