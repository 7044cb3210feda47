using Plinth.Layers.FeedForward;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Convolution;

/// <summary>A convolution, a batch norm, and a non-linearity where one is given.</summary>
public sealed class NormedConvolution : nn.Module<Tensor, Tensor>
{
    private readonly Convolution convolution;
    private readonly BatchNorm norm;
    private readonly Activation? activation;

    /// <param name="options">Form of the convolution.</param>
    /// <param name="activation">Name of the non-linearity (<see cref="Activations"/>), or null for none.</param>
    public NormedConvolution(ConvolutionOptions options, string? activation)
        : base(nameof(NormedConvolution))
    {
        ArgumentNullException.ThrowIfNull(options);
        convolution = new(options);
        norm = new(options.OutputSize);
        this.activation = activation is null ? null : Activations.Named(activation);
        RegisterComponents();
    }

    /// <param name="input"><c>[batch, row, column, channel]</c>.</param>
    /// <returns><c>[batch, row, column, channel]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var result = norm.forward(convolution.forward(input));
        return activation?.Function(result) ?? result;
    }
}
