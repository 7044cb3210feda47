using Plinth.Core;
using Plinth.Layers.Blocks;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Convolution;

/// <summary>Form of one depth-wise block.</summary>
public sealed record DepthwiseOptions
{
    /// <summary>Channels of input and output.</summary>
    public required int Size { get; init; }

    /// <summary>Name of the non-linearity, see <see cref="Activations"/>.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>The norm between the convolution and the network.</summary>
    public NormOptions Norm { get; init; } = new(Epsilon: 1e-6);

    /// <summary>What a learned factor on each channel of the change begins with; null for no factor.</summary>
    public double? FirstScale { get; init; }

    /// <summary>Probability that a sample goes without the block in training.</summary>
    public double DropProbability { get; init; }
}

/// <summary>
/// Each channel sees its neighbourhood, then each position passes a network of four times its width (Liu et al. 2022, arXiv:2201.03545,
/// figure 4).
/// </summary>
public sealed class DepthwiseBlock : nn.Module<Tensor, Tensor>
{
    private const int KernelSize = 7, Widening = 4;

    private readonly Convolution neighbourhood;
    private readonly Norm norm;
    private readonly FeedForwardNetwork feedForward;
    private readonly Parameter? scale;
    private readonly double dropProbability;

    /// <param name="options">Its form.</param>
    public DepthwiseBlock(DepthwiseOptions options)
        : base(nameof(DepthwiseBlock))
    {
        ArgumentNullException.ThrowIfNull(options);
        var size = options.Size;
        dropProbability = options.DropProbability;
        neighbourhood = new(new() { InputSize = size, OutputSize = size, KernelSize = KernelSize, IsDepthwise = true, HasBias = true });
        norm = new(options.Norm, size);
        feedForward = new(new() { HiddenSize = size, InnerSize = Widening * size, Activation = options.Activation });
        scale = options.FirstScale is { } first ? FreshWeights.Filled(first, size) : null;
        RegisterComponents();
    }

    /// <param name="input"><c>[batch, row, column, channel]</c>.</param>
    /// <returns><c>[batch, row, column, channel]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var change = feedForward.forward(norm.forward(neighbourhood.forward(input)));
        change = scale is null ? change : change * scale;
        return input + StochasticDepth.Apply(change, dropProbability, training);
    }
}
