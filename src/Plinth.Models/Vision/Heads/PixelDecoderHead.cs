using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Layers.Patches;
using Plinth.Models.Vision.Stacks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Heads;

/// <summary>Form of a decoder that draws hidden patches.</summary>
public sealed record PixelDecoderOptions
{
    /// <summary>Width of the features.</summary>
    public required int InputSize { get; init; }

    /// <summary>Patches from top to bottom.</summary>
    public required int RowCount { get; init; }

    /// <summary>Patches from left to right.</summary>
    public required int ColumnCount { get; init; }

    /// <summary>Height and width of a patch in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Channels of a picture.</summary>
    public required int ChannelCount { get; init; }

    /// <summary>The decoder's blocks.</summary>
    public required TransformerOptions Blocks { get; init; }

    /// <summary>Share of the patches that are hidden, 0 to 1.</summary>
    public required double HiddenShare { get; init; }

    /// <summary>Whether the pixels of each patch are brought to mean 0 and variance 1 before they are compared.</summary>
    public required bool NormalizesPixels { get; init; }

    /// <summary>Deviation of fresh matrices.</summary>
    public double InitializerRange { get; init; } = 0.02;
}

/// <summary>Draws a picture from the patches that an encoder saw (He et al. 2021, arXiv:2111.06377): a token stands in for each hidden one.</summary>
public sealed class PixelDecoderHead : ModelHead, IPixelHead
{
    private readonly Projection embedding, pixels;
    private readonly Parameter maskToken, positions;
    private readonly TransformerBlocks blocks;
    private readonly Norm norm;
    private readonly PixelDecoderOptions options;

    /// <param name="options">Its form.</param>
    public PixelDecoderHead(PixelDecoderOptions options)
        : base(nameof(PixelDecoderHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        var hidden = options.Blocks.Attention.HiddenSize;
        embedding = new(options.InputSize, hidden);
        maskToken = FreshWeights.Zeros(1, 1, hidden);
        positions = FreshWeights.Zeros(1, PatchCount + 1, hidden);
        positions.requires_grad = false;
        blocks = new(options.Blocks);
        norm = new(options.Blocks.Norm, hidden);
        pixels = new(hidden, options.PatchSize * options.PatchSize * options.ChannelCount);
        RegisterComponents();
        Initialization.AllMatrices(this, options.InitializerRange);
        FixedPositions.Fill(positions, options.RowCount, options.ColumnCount);
    }

    /// <inheritdoc />
    public int PatchCount => options.RowCount * options.ColumnCount;

    /// <inheritdoc />
    public double HiddenShare => options.HiddenShare;

    /// <summary>Pixels of each patch, channels last.</summary>
    /// <param name="features">Output of the backbone: a class token, then the patches that it saw.</param>
    /// <param name="backbone">The backbone under this head.</param>
    /// <returns><c>[batch, patch, y · x · channel]</c>.</returns>
    public override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        var seen = embedding.forward(features.Hidden);                                             // [batch, 1 + visible, hidden]
        var patches = seen.narrow(1, 1, seen.size(1) - 1);
        if (features.Images?.VisiblePatches is { } visible)
        {
            patches = maskToken.expand(seen.size(0), PatchCount, -1).scatter(1, visible.unsqueeze(-1).expand_as(patches), patches);
        }

        var all = cat([seen.narrow(1, 0, 1), patches], 1) + positions;                             // [batch, 1 + patch, hidden]
        var drawn = pixels.forward(norm.forward(blocks.Run(new(all, null, null), null)));
        return drawn.narrow(1, 1, PatchCount);
    }

    /// <inheritdoc />
    public Tensor Targets(Tensor pixelValues)
    {
        var patches = Patches(pixelValues);
        var (mean, deviation) = Scale(patches);
        return options.NormalizesPixels ? (patches - mean) / deviation : patches;
    }

    /// <inheritdoc />
    public Tensor Drawn(Tensor logits, Tensor pixelValues)
    {
        ArgumentNullException.ThrowIfNull(logits);
        var (mean, deviation) = Scale(Patches(pixelValues));
        return options.NormalizesPixels ? (logits * deviation) + mean : logits;
    }

    /// <inheritdoc />
    public Tensor Join(Tensor patches)
    {
        ArgumentNullException.ThrowIfNull(patches);
        var (rows, columns, side, channels) = (options.RowCount, options.ColumnCount, options.PatchSize, options.ChannelCount);
        return patches.expand(-1, -1, side * side * channels).reshape(-1, rows, columns, side, side, channels)
            .permute(0, 5, 1, 3, 2, 4).reshape(-1, channels, rows * side, columns * side);        // [batch, channel, height, width]
    }

    // [batch, patch, y · x · channel]
    private Tensor Patches(Tensor pixelValues) => PatchGrid.Split(pixelValues, options.PatchSize).permute(0, 1, 3, 4, 2).flatten(2);

    private static (Tensor Mean, Tensor Deviation) Scale(Tensor patches) =>
        (patches.mean([-1L], keepdim: true), (patches.var(-1, unbiased: true, keepdim: true) + 1e-6).sqrt());
}
