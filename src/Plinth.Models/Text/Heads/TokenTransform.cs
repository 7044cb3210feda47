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
    private readonly Func<Tensor, Tensor> activation;

    /// <param name="options">Its form.</param>
    public TokenTransform(EncoderHeadOptions options)
        : base(nameof(TokenTransform))
    {
        ArgumentNullException.ThrowIfNull(options);
        dense = new(options.HiddenSize, options.HiddenSize, options.HasBias);
        norm = options.SummaryNorm is null ? null : new(options.SummaryNorm, options.HiddenSize);
        activation = Activations.Named(options.SummaryActivation);
        RegisterComponents();
    }

    /// <param name="input"><c>[..., hidden]</c>.</param>
    /// <returns><c>[..., hidden]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var result = activation(dense.forward(input));
        return norm?.forward(result) ?? result;
    }
}
