using Plinth.Layers.FeedForward;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Convolution;

/// <summary>Form of one residual layer.</summary>
public sealed record ResidualOptions
{
    /// <summary>Channels of the input.</summary>
    public required int InputSize { get; init; }

    /// <summary>Channels of the output.</summary>
    public required int OutputSize { get; init; }

    /// <summary>Rows and columns from one output to the next.</summary>
    public int Step { get; init; } = 1;

    /// <summary>Whether three convolutions go through a quarter of the channels, in place of two through all of them.</summary>
    public bool IsBottleneck { get; init; }

    /// <summary>With <see cref="IsBottleneck"/>: whether the first convolution takes the step, as published, and not the second, as became usual.</summary>
    public bool StepsFirst { get; init; }

    /// <summary>Name of the non-linearity, see <see cref="Activations"/>.</summary>
    public string Activation { get; init; } = "relu";
}

/// <summary>Convolutions whose result is added to what they read (He et al. 2015, arXiv:1512.03385, section 3).</summary>
public sealed class ResidualLayer : nn.Module<Tensor, Tensor>
{
    private const int Narrowing = 4;

    private readonly ModuleList<NormedConvolution> parts;
    private readonly NormedConvolution? shortcut;
    private readonly Activation activation;

    /// <param name="options">Its form.</param>
    public ResidualLayer(ResidualOptions options)
        : base(nameof(ResidualLayer))
    {
        ArgumentNullException.ThrowIfNull(options);
        parts = new(options.IsBottleneck ? Bottleneck(options) : Basic(options));
        shortcut = options.InputSize == options.OutputSize && options.Step == 1
            ? null
            : new(Form(options.InputSize, options.OutputSize, 1, options.Step), activation: null);
        activation = Activations.Named(options.Activation);
        RegisterComponents();
    }

    /// <param name="input"><c>[batch, row, column, channel]</c>.</param>
    /// <returns><c>[batch, row, column, channel]</c>.</returns>
    public override Tensor forward(Tensor input)
    {
        var change = parts.Aggregate(input, (map, part) => part.forward(map));
        return activation.Function(change + (shortcut?.forward(input) ?? input));
    }

    private static NormedConvolution[] Basic(ResidualOptions options) =>
    [
        new(Form(options.InputSize, options.OutputSize, 3, options.Step), options.Activation),
        new(Form(options.OutputSize, options.OutputSize, 3, 1), activation: null),
    ];

    private static NormedConvolution[] Bottleneck(ResidualOptions options)
    {
        var narrow = Math.Max(1, options.OutputSize / Narrowing);
        return
        [
            new(Form(options.InputSize, narrow, 1, options.StepsFirst ? options.Step : 1), options.Activation),
            new(Form(narrow, narrow, 3, options.StepsFirst ? 1 : options.Step), options.Activation),
            new(Form(narrow, options.OutputSize, 1, 1), activation: null),
        ];
    }

    private static ConvolutionOptions Form(int input, int output, int kernel, int step) =>
        new() { InputSize = input, OutputSize = output, KernelSize = kernel, Step = step };
}
