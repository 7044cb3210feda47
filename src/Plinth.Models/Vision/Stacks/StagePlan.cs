using Plinth.Core;

namespace Plinth.Models.Vision.Stacks;

/// <summary>Blocks and widths of stages, each twice as wide as the one before.</summary>
/// <param name="Depths">Blocks per stage.</param>
/// <param name="Sizes">Width per stage.</param>
public sealed record StagePlan(IReadOnlyList<int> Depths, IReadOnlyList<int> Sizes)
{
    private const int UsualCount = 4;

    /// <summary>Stages for the sizes that one dial chooses: four where there are enough blocks and the width can be halved so often; the third has most of the blocks.</summary>
    public static StagePlan Of(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var count = Math.Clamp(shape.LayerCount, 1, UsualCount);
        while (count > 1 && shape.HiddenSize % (1 << (count - 1)) != 0)
        {
            count--;
        }

        // Half of what each further stage could have goes to the third, as in ResNet-50 and Swin-S.
        var depths = Enumerable.Repeat(Math.Max(1, shape.LayerCount / (2 * count)), count).ToArray();
        depths[Math.Min(2, count - 1)] += shape.LayerCount - depths.Sum();
        return new(depths, [.. Enumerable.Range(0, count).Select(stage => shape.HiddenSize >> (count - 1 - stage))]);
    }

    /// <summary>Refuses lists of config.json that describe no stages.</summary>
    /// <param name="rules">Names the file.</param>
    /// <param name="depths">Blocks per stage.</param>
    /// <param name="sizes">Width per stage.</param>
    /// <param name="sizesField">Name of the widths in config.json.</param>
    /// <exception cref="CheckpointException">They are empty, of different lengths, or hold what can be no size.</exception>
    internal static void Check(ConfigRules rules, IReadOnlyList<int>? depths, IReadOnlyList<int>? sizes, string sizesField)
    {
        ArgumentNullException.ThrowIfNull(rules);
        if (depths is not { Count: > 0 } || sizes is null || depths.Count != sizes.Count)
        {
            throw new CheckpointException($"depths and {sizesField} must be lists of equal length, one number for each stage.");
        }

        foreach (var depth in depths)
        {
            rules.Size("depths", depth);
        }

        foreach (var size in sizes)
        {
            rules.Size(sizesField, size);
        }
    }
}
