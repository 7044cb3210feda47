using Plinth.Core;
using Plinth.Core.Native.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Norms;

/// <summary>Brings each vector to a common scale.</summary>
public sealed class Norm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly NormOptions options;

    /// <param name="options">Its form.</param>
    /// <param name="size">Width of the vectors.</param>
    public Norm(NormOptions options, long size)
        : base(nameof(Norm))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        weight = options.Kind == NormKind.RootMeanSquareFromOne ? FreshWeights.Zeros(size) : FreshWeights.Ones(size);
        bias = options is { Kind: NormKind.LayerNorm, HasBias: true } ? FreshWeights.Zeros(size) : null;
        RegisterComponents();
    }

    /// <summary>Its form.</summary>
    public NormOptions Options => options;

    /// <param name="input"><c>[..., size]</c>.</param>
    /// <returns><c>[..., size]</c>.</returns>
    public override Tensor forward(Tensor input) =>
        LayerNormKernel.Suits(input, weight, bias) ? FusedNorm.Apply(input, weight, bias, options) : FusedNorm.ByTorch(input, weight, bias, options);

    /// <summary>A sum and the norm of it, in one walk over memory where this machine gains by it.</summary>
    /// <param name="input"><c>[..., size]</c>.</param>
    /// <param name="change">What is added to it; <c>[..., size]</c>.</param>
    /// <returns>Both <c>[..., size]</c>.</returns>
    public (Tensor Sum, Tensor Normed) AddAndNorm(Tensor input, Tensor change)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(change);
        if (LayerNormKernel.Suits(input, weight, bias) && change.dtype == input.dtype && change.shape.SequenceEqual(input.shape))
        {
            return FusedNorm.ApplyToSum(input, change, weight, bias, options);
        }

        var sum = input + change;
        return (sum, forward(sum));
    }
}
