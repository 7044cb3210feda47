using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Norms;

/// <summary>Which statistics a <see cref="Norm"/> divides by.</summary>
public enum NormKind
{
    /// <summary>Mean and variance, with a learned scale and shift (Ba et al. 2016, arXiv:1607.06450).</summary>
    LayerNorm,

    /// <summary>Root mean square alone, with a learned scale (Zhang, Sennrich 2019, arXiv:1910.07467).</summary>
    RootMeanSquare,
}

/// <summary>Brings each vector to a common scale.</summary>
public sealed class Norm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly NormKind kind;
    private readonly long[] shape;
    private readonly double epsilon;

    /// <param name="kind">Which statistics.</param>
    /// <param name="size">Width of the vectors.</param>
    /// <param name="epsilon">Added to the variance, so that constant vectors do not divide by 0.</param>
    public Norm(NormKind kind, long size, double epsilon)
        : base(nameof(Norm))
    {
        this.kind = kind;
        this.epsilon = epsilon;
        shape = [size];
        weight = new Parameter(ones(size));
        bias = kind == NormKind.LayerNorm ? new Parameter(zeros(size)) : null;
        RegisterComponents();
    }

    /// <param name="input"><c>[..., size]</c>.</param>
    /// <returns><c>[..., size]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        if (kind == NormKind.LayerNorm)
        {
            return nn.functional.layer_norm(input, shape, weight, bias, epsilon);
        }

        // In float32 whatever the input is: a bfloat16 mean of squares loses too much.
        var wide = input.to(ScalarType.Float32);
        var scaled = wide * (wide.square().mean([-1L], keepdim: true) + epsilon).rsqrt();
        return weight * scaled.to(input.dtype);
    }
}
