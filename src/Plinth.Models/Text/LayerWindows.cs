using Plinth.Core;
using Plinth.Layers.Attention;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text;

/// <summary><c>layer_types</c> of config.json: which blocks see all and which a window.</summary>
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
