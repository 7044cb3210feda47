using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Losses;

/// <summary>A loss as its sum over the targets, with the number that a mean divides by.</summary>
/// <param name="Sum">The summed loss; a scalar.</param>
/// <param name="Count">Targets, or their total weight where classes are weighted; a scalar.</param>
public sealed record SummedLoss(Tensor Sum, Tensor Count)
{
    /// <summary>A loss whose count is known on the host.</summary>
    /// <param name="sum">The summed loss; a scalar.</param>
    /// <param name="count">Targets.</param>
    public SummedLoss(Tensor sum, double count) : this(sum, tensor(count, ScalarType.Float32)) { }

    /// <summary>The loss per target; a scalar.</summary>
    public Tensor Mean => Sum / Count;

    /// <summary>The loss times a factor, the count unchanged.</summary>
    public SummedLoss Times(double factor) => this with { Sum = Sum * factor };
}
