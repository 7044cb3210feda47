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
    private QuantizedMatrix? quantized;
    private Tensor? packed;

    /// <param name="inputSize">Width of the input.</param>
    /// <param name="outputSize">Width of the output.</param>
    /// <param name="hasBias">Whether a vector is added.</param>
    public Projection(long inputSize, long outputSize, bool hasBias = true)
        : base(nameof(Projection))
    {
        (InputSize, OutputSize) = (inputSize, outputSize);
        weight = FreshWeights.Empty(outputSize, inputSize);
        bias = hasBias ? FreshWeights.Zeros(outputSize) : null;
        Initialization.Normal(weight, 0.02);
        RegisterComponents();
    }

    /// <summary>Width of the input.</summary>
    public long InputSize { get; }

    /// <summary>Width of the output.</summary>
    public long OutputSize { get; }

    /// <summary>The matrix to train or to load; <c>[output, input]</c>, or <c>[0]</c> once it is kept in few bits.</summary>
    public Parameter Weight => weight;

    /// <summary>The matrix in few bits, after <see cref="Quantize"/>; or null.</summary>
    public QuantizedMatrix? Quantized => quantized;

    /// <summary>The numbers of the matrix, however it is kept, in the type that the layer computes in; <c>[output, input]</c>.</summary>
    public Tensor Matrix => quantized?.Restore(weight.dtype) ?? weight;

    /// <summary>The added vector, or null; <c>[output]</c>.</summary>
    public Parameter? Bias => bias;

    /// <summary>The change that is active now, or null. It is owned by an <see cref="AdapterSet"/> or an <see cref="AdapterMix"/>, not by this layer.</summary>
    public ProjectionAdapter? Adapter { get; set; }

    /// <inheritdoc />
    public long PackedBytes => quantized is null && OneDnn.CanPack(weight) ? weight.numel() * sizeof(float) : 0;

    /// <inheritdoc />
    void IPackable.Pack(bool packed)
    {
        this.packed?.Dispose();
        this.packed = packed ? OneDnn.Pack(weight).DetachFromDisposeScope() : null;
    }

    /// <summary>Keeps the matrix in few bits from now on, in place of its float numbers, which are gone. It is not trained any more, and neither is the vector.</summary>
    /// <param name="form">In which numbers.</param>
    /// <exception cref="ArgumentException">The form is <see cref="MatrixForm.Full"/>.</exception>
    /// <exception cref="InvalidOperationException">It is kept in few bits already.</exception>
    public void Quantize(MatrixForm form)
    {
        if (quantized is not null)
        {
            throw new InvalidOperationException($"The matrix is kept in {quantized.Form} already.");
        }

        ((IPackable)this).Pack(false);
        quantized = new(weight, form);
        register_module(nameof(quantized), quantized);
        weight.requires_grad = false;
        using var nothing = empty(0, weight.dtype, weight.device);
        ParameterData.Replace(weight, nothing);
        if (bias is not null)
        {
            bias.requires_grad = false;
        }
    }

    /// <summary>The matrix alone, without the vector and the adapter.</summary>
    /// <param name="input"><c>[..., input]</c>.</param>
    /// <returns><c>[..., output]</c>.</returns>
    public Tensor Multiply(Tensor input) => Map(input, null);

    /// <param name="input"><c>[..., input]</c>.</param>
    /// <returns><c>[..., output]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var output = Map(input, bias);
        return Adapter is null ? output : output + Adapter.Change(this, input, output);
    }

    /// <summary>The map, and then an activation.</summary>
    /// <param name="input"><c>[..., input]</c>.</param>
    /// <param name="activation">What follows.</param>
    /// <returns><c>[..., output]</c>.</returns>
    public Tensor Activate(Tensor input, Activation activation)
    {
        ArgumentNullException.ThrowIfNull(activation);
        return activation.Fused is { } fused && Adapter is null && quantized is null && LinearMap.TryFused(input, weight, bias, fused, packed) is { } done
            ? done
            : activation.Function(forward(input));
    }

    private Tensor Map(Tensor input, Tensor? added) =>
        quantized is null ? LinearMap.Apply(input, weight, added, packed) : LinearMap.Apply(input, quantized, added);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        packed?.Dispose();
        packed = null;
        base.Dispose(disposing);
    }
}
