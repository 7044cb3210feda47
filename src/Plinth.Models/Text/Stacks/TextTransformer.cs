using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Stacks;

/// <summary>A transformer over token vectors, without the token table itself, which an encoder and a decoder may share.</summary>
public sealed class TextTransformer : nn.Module
{
    private readonly TokenTable? positions, segments;
    private readonly Norm? embeddingNorm, finalNorm;
    private readonly Projection? embeddingProjection, outputProjection;
    private readonly TransformerBlocks blocks;
    private readonly StackOptions options;

    /// <param name="options">Its form.</param>
    public TextTransformer(StackOptions options)
        : base(nameof(TextTransformer))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        var hidden = options.Blocks.Attention.HiddenSize;
        // Positions and segments are added where the token vectors are looked up, except that OPT adds them behind its projection.
        var added = options.ReturnsToEmbeddingSize ? hidden : options.TokenSize;
        positions = options.PositionRows > 0 ? new(options.PositionRows, added) : null;
        segments = options.SegmentRows > 0 ? new(options.SegmentRows, added) : null;
        embeddingNorm = options.EmbeddingNorm is null ? null : new(options.EmbeddingNorm, options.TokenSize);
        if (options.TokenSize != hidden)
        {
            embeddingProjection = new(options.TokenSize, hidden, options.HasEmbeddingBias);
            outputProjection = options.ReturnsToEmbeddingSize ? new(hidden, options.TokenSize, hasBias: false) : null;
        }

        blocks = new(options.Blocks);
        finalNorm = options.FinalNorm is null ? null : new(options.FinalNorm, hidden);
        RegisterComponents();
    }

    /// <summary>Its form.</summary>
    public StackOptions Options => options;

    /// <summary>Draws fresh weights.</summary>
    public void Initialize()
    {
        Initialization.AllMatrices(this, options.InitializerRange);
        if (options.ScalesResidualOutputs)
        {
            Initialization.ResidualOutputs(blocks.ResidualOutputs, 2 * options.Blocks.BlockCount, options.InitializerRange);
        }
    }

    /// <summary>Adds what does not come from the token itself.</summary>
    /// <param name="tokens">The tokens' own vectors; <c>[batch, seq, embedding]</c>.</param>
    /// <param name="text">Mask, positions and segments.</param>
    /// <param name="ids">The ids behind the vectors; <c>[batch, seq]</c>.</param>
    /// <param name="mask">1 for real elements, or null; <c>[batch, past + seq]</c>.</param>
    /// <param name="pastLength">Positions already in the cache.</param>
    public EmbeddedSequence Embed(Tensor tokens, TextBatch text, Tensor ids, Tensor? mask, long pastLength)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(ids);
        var vectors = Math.Abs(options.EmbeddingScale - 1) > 1e-12 ? tokens * options.EmbeddingScale : tokens;
        if (options.ReturnsToEmbeddingSize && embeddingProjection is not null)
        {
            vectors = embeddingProjection.forward(vectors);
        }

        if (positions is not null || options.HasSinusoids)
        {
            var places = text.PositionIds is { } given ? given + options.PositionOffset : Places(ids, mask, pastLength);
            vectors = vectors + (positions?.forward(places) ?? Sinusoids(places, options.TokenSize).to(vectors.dtype));
        }

        if (segments is not null)
        {
            vectors = vectors + segments.forward(text.TokenTypeIds ?? zeros_like(ids));
        }

        vectors = embeddingNorm?.forward(vectors) ?? vectors;
        vectors = training && options.EmbeddingDropout > 0 ? nn.functional.dropout(vectors, options.EmbeddingDropout, true) : vectors;
        return new(
            options.ReturnsToEmbeddingSize || embeddingProjection is null ? vectors : embeddingProjection.forward(vectors),
            mask,
            text.PositionIds);
    }

    /// <summary>Runs the blocks and what follows them.</summary>
    /// <param name="input">The embedded sequence.</param>
    /// <param name="context">Cache, memory and trace, or null.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public Tensor Encode(EmbeddedSequence input, EncodeContext? context)
    {
        var result = blocks.Run(input, context);
        if (finalNorm is not null)
        {
            result = finalNorm.forward(result);
            if (!options.TracesLastBlock)
            {
                context?.ReplaceLast(result);
            }
        }

        return outputProjection?.forward(result) ?? result;
    }

    private Tensor Places(Tensor ids, Tensor? mask, long pastLength)
    {
        var seq = ids.size(1);
        switch (options.PositionCount)
        {
            case PositionCount.MaskedIn when mask is not null:
                var real = mask.to(ScalarType.Int64);
                return (((real.cumsum(1) * real) - 1).narrow(1, pastLength, seq)) + options.PositionOffset;
            case PositionCount.NotPadding:
                var tokens = ids.ne(options.PaddingId).to(ScalarType.Int64);
                return ((tokens.cumsum(1) + pastLength) * tokens) + options.PaddingId;
            default:
                return (arange(pastLength, pastLength + seq, ScalarType.Int64, ids.device) + options.PositionOffset).unsqueeze(0);
        }
    }

    // Vaswani et al. 2017, section 3.5, with all sines before all cosines.
    private static Tensor Sinusoids(Tensor places, int size)
    {
        var steps = pow(tensor(10_000.0, ScalarType.Float64), -arange(0, size, 2, ScalarType.Float64) / size).to(places.device);
        var angles = places.unsqueeze(-1).to(ScalarType.Float64) * steps;
        return cat([angles.sin(), angles.cos()], -1).to(ScalarType.Float32);
    }
}
