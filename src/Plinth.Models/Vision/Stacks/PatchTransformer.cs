using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Layers.Patches;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Stacks;

/// <summary>A transformer over patches (Dosovitskiy et al. 2020, arXiv:2010.11929).</summary>
public sealed class PatchTransformer : nn.Module
{
    private readonly PatchEmbedding patches;
    private readonly Parameter? classToken, maskToken, detectionTokens, midPositions;
    private readonly Parameter positions;
    private readonly Norm? embeddingNorm, finalNorm;
    private readonly TransformerBlocks blocks;
    private readonly PatchOptions options;

    /// <param name="options">Its form.</param>
    public PatchTransformer(PatchOptions options)
        : base(nameof(PatchTransformer))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        var hidden = options.HiddenSize;
        patches = new(options.ChannelCount, options.PatchSize, hidden, options.HasPatchBias);
        classToken = options.HasClassToken ? options.HasPlainTables ? FreshWeights.Zeros(hidden) : FreshWeights.Zeros(1, 1, hidden) : null;
        maskToken = options.HasMaskToken ? FreshWeights.Zeros(1, hidden) : null;
        positions = options.HasPlainTables ? FreshWeights.Empty(options.Length, hidden) : FreshWeights.Empty(1, options.Length, hidden);
        positions.requires_grad = !options.HasFixedPositions;
        detectionTokens = options.DetectionTokenCount > 0 ? FreshWeights.Empty(1, options.DetectionTokenCount, hidden) : null;
        midPositions = options is { HasMidPositions: true, Blocks.BlockCount: > 1 } ? FreshWeights.Empty(options.Blocks.BlockCount - 1, 1, options.Length, hidden) : null;
        embeddingNorm = options.EmbeddingNorm is null ? null : new(options.EmbeddingNorm, hidden);
        blocks = new(options.Blocks);
        finalNorm = options.FinalNorm is null ? null : new(options.FinalNorm, hidden);
        RegisterComponents();
    }

    /// <summary>Its form.</summary>
    public PatchOptions Options => options;

    /// <summary>Draws fresh weights.</summary>
    public void Initialize()
    {
        Initialization.AllMatrices(this, options.InitializerRange);
        if (classToken is not null)
        {
            Initialization.Normal(classToken, options.InitializerRange);
        }

        if (options.HasFixedPositions)
        {
            FixedPositions.Fill(positions, options.RowCount, options.ColumnCount);
        }
    }

    /// <summary>Cuts pictures into patches, and adds what does not come from the pixels.</summary>
    /// <param name="images">Pixels, and which patches are hidden.</param>
    /// <exception cref="ArgumentException">The pictures have another size, or hidden patches have nothing that stands in for them.</exception>
    public EmbeddedImages Embed(ImageBatch images)
    {
        ArgumentNullException.ThrowIfNull(images);
        var grid = Grid(images.PixelValues);
        var vectors = patches.forward(images.PixelValues);                                         // [batch, patch, hidden]
        vectors = images.PatchMask is { } hidden ? Hide(vectors, hidden) : vectors;
        var table = Table(positions, grid);
        vectors = vectors + table.narrow(0, Before, grid.Rows * grid.Columns);
        vectors = images.VisiblePatches is { } visible ? Pick(vectors, visible) : vectors;
        vectors = Surround(vectors, table);
        vectors = embeddingNorm?.forward(vectors) ?? vectors;
        vectors = training && options.EmbeddingDropout > 0 ? nn.functional.dropout(vectors, options.EmbeddingDropout, true) : vectors;
        return new(vectors, grid.Rows, grid.Columns);
    }

    /// <summary>Runs the blocks and what follows them.</summary>
    /// <param name="input">The embedded pictures.</param>
    /// <param name="context">Trace, or null.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public Tensor Encode(EmbeddedSequence input, EncodeContext? context)
    {
        var result = blocks.Run(input, context, midPositions is null ? null : (state, number) => Move(state, number, (EmbeddedImages)input));
        return finalNorm?.forward(result) ?? result;
    }

    private (long Rows, long Columns) Grid(Tensor pixels)
    {
        var (height, width, size) = (pixels.size(2), pixels.size(3), options.ImageSize);
        if ((height, width) != (size.Height, size.Width) && !(options.InterpolatesPositions && height >= options.PatchSize && width >= options.PatchSize))
        {
            throw new ArgumentException(
                $"The model sees pictures of {size.Height} × {size.Width} pixels, and these have {height} × {width}. Scale them in the preprocessor.", nameof(pixels));
        }

        return (height / options.PatchSize, width / options.PatchSize);
    }

    private Tensor Hide(Tensor vectors, Tensor hidden)
    {
        if (maskToken is null)
        {
            throw new ArgumentException("The model has no mask token that could stand in for hidden patches.", nameof(hidden));
        }

        return where(hidden.to(ScalarType.Bool).unsqueeze(-1), maskToken.to(vectors.dtype), vectors);
    }

    private static Tensor Pick(Tensor vectors, Tensor visible) => vectors.gather(1, visible.unsqueeze(-1).expand(-1, -1, vectors.size(-1)));

    private int Before => classToken is null ? 0 : 1;

    // The positions of every token and patch of a grid; only those of patches are stretched to it.
    private Tensor Table(Tensor stored, (long Rows, long Columns) grid)
    {
        var table = stored.view(options.Length, options.HiddenSize);
        var count = options.RowCount * options.ColumnCount;
        var places = PatchGrid.Resize(table.narrow(0, Before, count), (options.RowCount, options.ColumnCount), grid);
        return grid == (options.RowCount, options.ColumnCount)
            ? table
            : cat([table.narrow(0, 0, Before), places, table.narrow(0, Before + count, options.DetectionTokenCount)]);
    }

    private Tensor Surround(Tensor vectors, Tensor table)
    {
        List<Tensor> parts = [vectors];
        if (classToken is not null)
        {
            parts.Insert(0, (classToken.view(1, 1, -1) + table.narrow(0, 0, 1)).expand(vectors.size(0), -1, -1));
        }

        if (detectionTokens is not null)
        {
            var count = options.DetectionTokenCount;
            parts.Add((detectionTokens + table.narrow(0, table.size(0) - count, count)).expand(vectors.size(0), -1, -1));
        }

        return parts.Count == 1 ? vectors : cat(parts, 1);
    }

    private Tensor Move(Tensor state, int number, EmbeddedImages images) =>
        number < midPositions!.size(0) ? state + Table(midPositions.select(0, number), (images.RowCount, images.ColumnCount)) : state;
}
