using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Plinth.Layers.Losses;

/// <summary>Losses of real values, one target per element.</summary>
public static class RegressionLosses
{
    /// <summary>Squared error.</summary>
    /// <param name="values">Predictions; <c>[...]</c>.</param>
    /// <param name="targets">Wanted values; <c>[...]</c>.</param>
    public static SummedLoss Squared(Tensor values, Tensor targets) => Of(values, F.mse_loss(values, targets, nn.Reduction.Sum));

    /// <summary>Absolute error.</summary>
    /// <param name="values">Predictions; <c>[...]</c>.</param>
    /// <param name="targets">Wanted values; <c>[...]</c>.</param>
    public static SummedLoss Absolute(Tensor values, Tensor targets) => Of(values, F.l1_loss(values, targets, nn.Reduction.Sum));

    /// <summary>Absolute error, squared below <paramref name="beta"/> (Girshick 2015, arXiv:1504.08083).</summary>
    /// <param name="values">Predictions; <c>[...]</c>.</param>
    /// <param name="targets">Wanted values; <c>[...]</c>.</param>
    /// <param name="beta">Error where the square meets the line, in units of the target.</param>
    public static SummedLoss SmoothAbsolute(Tensor values, Tensor targets, double beta = 1) =>
        Of(values, F.smooth_l1_loss(values, targets, nn.Reduction.Sum, beta));

    /// <summary>Half the squared error, linear beyond <paramref name="delta"/> (Huber 1964).</summary>
    /// <param name="values">Predictions; <c>[...]</c>.</param>
    /// <param name="targets">Wanted values; <c>[...]</c>.</param>
    /// <param name="delta">Error where the square meets the line, in units of the target.</param>
    public static SummedLoss Huber(Tensor values, Tensor targets, double delta = 1) =>
        Of(values, F.huber_loss(values, targets, delta, nn.Reduction.Sum));

    private static SummedLoss Of(Tensor values, Tensor sum) => new(sum, values.numel());
}
