using Plinth.Core;
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
    private readonly long[] shape;

    /// <param name="options">Its form.</param>
    /// <param name="size">Width of the vectors.</param>
    public Norm(NormOptions options, long size)
        : base(nameof(Norm))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        shape = [size];
        weight = options.Kind == NormKind.RootMeanSquareFromOne ? FreshWeights.Zeros(size) : FreshWeights.Ones(size);
        bias = options is { Kind: NormKind.LayerNorm, HasBias: true } ? FreshWeights.Zeros(size) : null;
        RegisterComponents();
    }

    /// <summary>Its form.</summary>
    public NormOptions Options => options;

    /// <param name="input"><c>[..., size]</c>.</param>
    /// <returns><c>[..., size]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        if (options.Kind == NormKind.LayerNorm)
        {
            return nn.functional.layer_norm(input, shape, weight, bias, options.Epsilon);
        }

        return RootMeanSquare.Apply(input, weight, options.Epsilon, options.Kind == NormKind.RootMeanSquareFromOne);
    }
}
