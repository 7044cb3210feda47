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
    private readonly Parameter? classToken, maskToken;
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
        vectors = Place(vectors, grid);
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
        var result = blocks.Run(input, context);
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

    // Positions are added to every token; only those of patches lie on a grid.
    private Tensor Place(Tensor vectors, (long Rows, long Columns) grid)
    {
        var table = positions.view(options.Length, options.HiddenSize);
        var before = classToken is null ? 0 : 1;
        var places = PatchGrid.Resize(table.narrow(0, before, options.Length - before), (options.RowCount, options.ColumnCount), grid);
        var placed = vectors + places;
        return classToken is null
            ? placed
            : cat([(classToken.view(1, 1, -1) + table.narrow(0, 0, 1)).expand(vectors.size(0), 1, -1), placed], 1);
    }
}
