using Plinth.Layers;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>A dense layer, a non-linearity and a norm on each vector, before what classifies it.</summary>
public sealed class TokenTransform : nn.Module<Tensor, Tensor>
{
    private readonly Projection dense;
    private readonly Norm? norm;
    private readonly Activation activation;

    /// <param name="inputSize">Width of the input.</param>
    /// <param name="outputSize">Width of the output.</param>
    /// <param name="activation">Name of the non-linearity.</param>
    /// <param name="hasBias">Whether the dense layer adds a vector.</param>
    /// <param name="norm">The norm, or null.</param>
    public TokenTransform(int inputSize, int outputSize, string activation, bool hasBias, NormOptions? norm)
        : base(nameof(TokenTransform))
    {
        dense = new(inputSize, outputSize, hasBias);
        this.norm = norm is null ? null : new(norm, outputSize);
        this.activation = Activations.Named(activation);
        RegisterComponents();
    }

    /// <summary>The one before the vector for a whole sequence, and before taggers that have one.</summary>
    /// <param name="options">Its form.</param>
    public static TokenTransform ForSummary(EncoderHeadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new(options.HiddenSize, options.HiddenSize, options.SummaryActivation, options.HasBias, options.SummaryNorm);
    }

    /// <param name="input"><c>[..., hidden]</c>.</param>
    /// <returns><c>[..., hidden]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var result = dense.Activate(input, activation);
        return norm?.forward(result) ?? result;
    }
}
