using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Blocks;
using Plinth.Layers.Convolution;
using Plinth.Layers.Norms;
using Plinth.Models.Vision.Stacks;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Swin;

/// <summary>Transformer blocks over windows, then a map of 2 × 2 positions to one of twice the width.</summary>
public sealed class SwinStage : ImageStage
{
    private readonly TransformerBlocks blocks;
    private readonly Norm? pairNorm;
    private readonly Projection? pairs;

    /// <param name="options">The blocks.</param>
    /// <param name="isLast">Whether the map keeps its size.</param>
    public SwinStage(TransformerOptions options, bool isLast)
        : base(nameof(SwinStage))
    {
        ArgumentNullException.ThrowIfNull(options);
        var size = options.Attention.HiddenSize;
        blocks = new(options);
        pairNorm = isLast ? null : new(new(), 4 * size);
        pairs = isLast ? null : new(4 * size, 2 * size, hasBias: false);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override EmbeddedImages Run(EmbeddedImages input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var done = input with { Vectors = blocks.Run(input, context: null) };
        return pairs is null ? done : Halve(done);
    }

    // Down the columns first, which is the order of the trained map's inputs.
    private EmbeddedImages Halve(EmbeddedImages images)
    {
        var map = MapLayout.ToMap(images);
        var (below, beside) = (images.RowCount % 2, images.ColumnCount % 2);
        map = below + beside > 0 ? nn.functional.pad(map, [0, 0, 0, beside, 0, below]) : map;
        var (rows, columns, size) = (map.size(1) / 2, map.size(2) / 2, map.size(3));
        var four = map.view(map.size(0), rows, 2, columns, 2, size).permute(0, 1, 3, 4, 2, 5).reshape(map.size(0), rows, columns, 4 * size);
        return MapLayout.ToSequence(pairs!.forward(pairNorm!.forward(four)));
    }
}
