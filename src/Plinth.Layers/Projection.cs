using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Layers.Adapters;
using Plinth.Layers.FeedForward;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers;

/// <summary>
/// A linear map with a slot for adapters. Every linear map of a model is one, so that a small change can be attached
/// without swapping anything out.
/// </summary>
public sealed class Projection : nn.Module<Tensor, Tensor>, IPackable
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private Tensor? packed;

    /// <param name="inputSize">Width of the input.</param>
    /// <param name="outputSize">Width of the output.</param>
    /// <param name="hasBias">Whether a vector is added.</param>
    public Projection(long inputSize, long outputSize, bool hasBias = true)
        : base(nameof(Projection))
    {
        weight = FreshWeights.Empty(outputSize, inputSize);
        bias = hasBias ? FreshWeights.Zeros(outputSize) : null;
        Initialization.Normal(weight, 0.02);
        RegisterComponents();
    }

    /// <summary>The matrix; <c>[output, input]</c>.</summary>
    public Parameter Weight => weight;

    /// <summary>The added vector, or null; <c>[output]</c>.</summary>
    public Parameter? Bias => bias;

    /// <summary>The change that is active now, or null. It is owned by an <see cref="AdapterSet"/> or an <see cref="AdapterMix"/>, not by this layer.</summary>
    public ProjectionAdapter? Adapter { get; set; }

    /// <inheritdoc />
    public long PackedBytes => OneDnn.CanPack(weight) ? weight.numel() * sizeof(float) : 0;

    /// <inheritdoc />
    void IPackable.Pack(bool packed)
    {
        this.packed?.Dispose();
        this.packed = packed ? OneDnn.Pack(weight).DetachFromDisposeScope() : null;
    }

    /// <param name="input"><c>[..., input]</c>.</param>
    /// <returns><c>[..., output]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var output = LinearMap.Apply(input, weight, bias, packed);
        return Adapter is null ? output : output + Adapter.Change(this, input, output);
    }

    /// <summary>The map, and then an activation.</summary>
    /// <param name="input"><c>[..., input]</c>.</param>
    /// <param name="activation">What follows.</param>
    /// <returns><c>[..., output]</c>.</returns>
    public Tensor Activate(Tensor input, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(activation);
        return activation.Fused is { } fused && Adapter is null && LinearMap.TryFused(input, weight, bias, fused, packed) is { } done
            ? done
            : activation.Function(forward(input));
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        packed?.Dispose();
        packed = null;
        base.Dispose(disposing);
    }
}
