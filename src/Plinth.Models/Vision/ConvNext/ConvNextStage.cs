using Plinth.Core;
using Plinth.Layers.Convolution;
using Plinth.Layers.Norms;
using Plinth.Layers.Patches;
using Plinth.Models.Vision.Stacks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.ConvNext;

/// <summary>Depth-wise blocks, behind a norm and a map of 2 × 2 positions to one where the width grows.</summary>
public sealed class ConvNextStage : ImageStage
{
    private const int Pair = 2;

    private readonly Norm? pairNorm;
    private readonly PatchEmbedding? pairs;
    private readonly ModuleList<DepthwiseBlock> blocks;

    /// <param name="previous">Width of the stage before, or null for the first stage, which keeps the map's size.</param>
    /// <param name="blocks">Form of each block.</param>
    public ConvNextStage(int? previous, IReadOnlyList<DepthwiseOptions> blocks)
        : base(nameof(ConvNextStage))
    {
        ArgumentNullException.ThrowIfNull(blocks);
        if (previous is { } size)
        {
            pairNorm = new(blocks[0].Norm, size);
            pairs = new(size, Pair, blocks[0].Size);
        }

        this.blocks = new([.. blocks.Select(options => new DepthwiseBlock(options))]);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override EmbeddedImages Run(EmbeddedImages input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var map = MapLayout.ToMap(pairs is null ? input : Halve(input));
        foreach (var block in blocks)
        {
            using var scope = NewDisposeScope();
            map = block.forward(map).MoveToOuterDisposeScope();
        }

        return MapLayout.ToSequence(map);
    }

    private EmbeddedImages Halve(EmbeddedImages input)
    {
        var normed = MapLayout.ToMap(input with { Vectors = pairNorm!.forward(input.Vectors) });
        return new(pairs!.forward(MapLayout.ToChannelsFirst(normed)), input.RowCount / Pair, input.ColumnCount / Pair);
    }
}
