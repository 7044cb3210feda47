using System.Globalization;
using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>
/// How long the gradients of a step are: all together, for clipping, and block by block, to see where learning goes wrong. Each gradient is read once
/// for both.
/// </summary>
public sealed class GradientNorms
{
    private const int OutsideDepth = 4;
    private readonly IReadOnlyList<(string Weight, Tensor Norm)> norms;

    private GradientNorms(IReadOnlyList<(string Weight, Tensor Norm)> norms, Tensor total) => (this.norms, Total) = (norms, total);

    /// <summary>Norm of all gradients together, 0 where there is none; a float32 scalar on their device, owned by the dispose scope it was measured in.</summary>
    public Tensor Total { get; }

    /// <summary>
    /// Norms by block, in the order of the model; blocks without a gradient are left out. It waits for the device once, so it belongs to steps that are
    /// reported.
    /// </summary>
    public IReadOnlyDictionary<string, double> ByBlock()
    {
        if (norms.Count == 0)
        {
            return new Dictionary<string, double>();
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var blocks = norms.GroupBy(entry => BlockOf(entry.Weight), entry => entry.Norm, StringComparer.Ordinal).ToList();
        var values = stack(blocks.Select(block => stack(block).norm())).cpu().data<float>().ToArray();  // [block]
        return blocks.Zip(values).ToDictionary(entry => entry.First.Key, entry => (double)entry.Second, StringComparer.Ordinal);
    }

    /// <summary>Measures what is collected.</summary>
    /// <param name="weights">Weights; those without a gradient are passed over.</param>
    internal static GradientNorms Of(IEnumerable<TrainedWeight> weights)
    {
        using var noGrad = no_grad();
        (string Weight, Tensor Norm)[] norms =
        [
            .. weights.Select(weight => (weight.Name, Gradient: weight.CollectedGradient)).Where(entry => entry.Gradient is not null)
                .Select(entry => (entry.Name, NormOf(entry.Gradient!))),
        ];
        return new(norms, norms.Length == 0 ? zeros([], float32) : stack(norms.Select(entry => entry.Norm)).norm());
    }

    /// <summary>
    /// The block that a weight is in: its name up to the first number, which counts blocks; of weights outside of blocks, such as token tables, all but the
    /// last part, and at most four parts.
    /// </summary>
    internal static string BlockOf(string weightName)
    {
        var parts = weightName.Split('.');
        var number = Array.FindIndex(parts, part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        return string.Join('.', parts[..(number >= 0 ? number + 1 : Math.Clamp(parts.Length - 1, 1, OutsideDepth))]);
    }

    private static Tensor NormOf(Tensor gradient) =>
        NormKernel.Suits(gradient) ? tensor((float)NormKernel.Norm(gradient)) : gradient.to(float32).norm();
}
