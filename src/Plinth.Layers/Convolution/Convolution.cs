using Plinth.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Convolution;

/// <summary>Form of a convolution over maps.</summary>
public sealed record ConvolutionOptions
{
    /// <summary>Channels of the input.</summary>
    public required int InputSize { get; init; }

    /// <summary>Channels of the output.</summary>
    public required int OutputSize { get; init; }

    /// <summary>Height and width of what one output sees; odd, so that maps keep their size.</summary>
    public int KernelSize { get; init; } = 3;

    /// <summary>Rows and columns from one output to the next.</summary>
    public int Step { get; init; } = 1;

    /// <summary>Whether each channel is seen by itself.</summary>
    public bool IsDepthwise { get; init; }

    /// <summary>Whether a vector is added.</summary>
    public bool HasBias { get; init; }
}

/// <summary>
/// A convolution over maps whose channels come last, the form that maps have as sequences. Borders are zeros, half a kernel wide. A kernel
/// of one position is computed as the linear map that it is.
/// </summary>
/// <remarks>
/// libtorch 2.10 gives wrong output channels on some processors, without a word (docs/log.md): for kernels of one position in this layout,
/// and for larger ones over maps whose channels come first in memory. So the first are linear maps, and the second are laid out anew. What
/// remains has been right on all, and the tests compare it with float64.
/// </remarks>
public sealed class Convolution : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;
    private readonly ConvolutionOptions options;

    /// <param name="options">Its form.</param>
    public Convolution(ConvolutionOptions options)
        : base(nameof(Convolution))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        weight = FreshWeights.Empty(options.OutputSize, options.IsDepthwise ? 1 : options.InputSize, options.KernelSize, options.KernelSize);
        bias = options.HasBias ? FreshWeights.Zeros(options.OutputSize) : null;
        Initialization.KeepVariance(weight);
        RegisterComponents();
    }

    /// <summary>Its form.</summary>
    public ConvolutionOptions Options => options;

    /// <param name="input"><c>[batch, row, column, channel]</c>.</param>
    /// <returns><c>[batch, row, column, channel]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (options is { KernelSize: 1, IsDepthwise: false })
        {
            var seen = options.Step == 1 ? input : input.slice(1, 0, input.size(1), options.Step).slice(2, 0, input.size(2), options.Step);
            return LinearMap.Apply(seen, weight.view(options.OutputSize, options.InputSize), bias);
        }

        var (step, border, groups) = ((long)options.Step, options.KernelSize / 2L, options.IsDepthwise ? (long)options.InputSize : 1);
        return MapLayout.ToChannelsLast(nn.functional.conv2d(MapLayout.ToChannelsFirst(input.contiguous()), weight, bias!, [step, step], [border, border], groups: groups));
    }
}
