using System.Globalization;
using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>Gradients of a model by its blocks, to see where learning goes wrong.</summary>
internal static class BlockNorms
{
    private const int OutsideDepth = 4;

    /// <summary>Measures the gradients of each block. It waits for the device once, so it belongs to steps that are reported.</summary>
    /// <param name="weights">Weights with the gradients of a step.</param>
    /// <returns>Global norm by block, in the order of the model; blocks without a gradient are left out.</returns>
    public static IReadOnlyDictionary<string, double> Of(IReadOnlyList<TrainedWeight> weights)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var blocks = weights.Select(weight => (Block: BlockOf(weight.Name), Gradient: weight.CollectedGradient)).Where(entry => entry.Gradient is not null)
            .GroupBy(entry => entry.Block, entry => NormOf(entry.Gradient!), StringComparer.Ordinal).Select(block => (Name: block.Key, Norm: stack(block).norm())).ToList();
        if (blocks.Count == 0)
        {
            return new Dictionary<string, double>();
        }

        var norms = stack(blocks.Select(block => block.Norm)).to(float32).cpu().data<float>().ToArray();  // [block]
        return blocks.Zip(norms).ToDictionary(entry => entry.First.Name, entry => (double)entry.Second, StringComparer.Ordinal);
    }

    /// <summary>The Euclidean norm of one gradient; a float32 scalar on its device, owned by the current dispose scope.</summary>
    /// <param name="gradient">Float32 or bfloat16, <c>[...]</c>.</param>
    public static Tensor NormOf(Tensor gradient) =>
        NormKernel.Suits(gradient) ? tensor((float)NormKernel.Norm(gradient)) : gradient.to(float32).norm();

    /// <summary>
    /// The block that a weight is in: its name up to the first number, which counts blocks; of weights outside of blocks, such as token tables, all but the
    /// last part, and at most four parts.
    /// </summary>
    public static string BlockOf(string weightName)
    {
        var parts = weightName.Split('.');
        var number = Array.FindIndex(parts, part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        return string.Join('.', parts[..(number >= 0 ? number + 1 : Math.Clamp(parts.Length - 1, 1, OutsideDepth))]);
    }
}
