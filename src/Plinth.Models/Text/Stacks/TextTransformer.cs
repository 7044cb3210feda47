using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Adapters;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Stacks;

/// <summary>A transformer over token vectors, without the token table itself, which an encoder and a decoder may share.</summary>
public sealed class TextTransformer : nn.Module, IVirtualTokenSlot
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

    /// <inheritdoc />
    public VirtualTokens? Virtual { get; set; }

    /// <summary>Longest sequence beside the virtual tokens.</summary>
    public int MaximumLength => options.MaximumLength >= StackOptions.Unbounded ? options.MaximumLength : options.MaximumLength - (int)(Virtual?.Count ?? 0);

    /// <inheritdoc />
    int IVirtualTokenSlot.TokenSize => options.TokenSize;

    /// <inheritdoc />
    int IVirtualTokenSlot.PositionCount => options.MaximumLength;

    /// <inheritdoc />
    bool IVirtualTokenSlot.IsReading => !options.Blocks.HasMemory;

    /// <inheritdoc />
    PrefixShape? IVirtualTokenSlot.Prefix => options.Blocks.Disentangled is null
        ? new(options.Blocks.BlockCount, options.Blocks.Attention.ResolvedKeyValueHeadCount, options.Blocks.Attention.ResolvedHeadSize)
        : null;

    /// <summary>Refuses a sequence that is longer than the positions.</summary>
    /// <param name="length">Its elements, without those in the cache.</param>
    /// <param name="pastLength">Positions already in the cache, virtual tokens included.</param>
    /// <exception cref="PlinthException">It is.</exception>
    public void CheckLength(long length, long pastLength) => TextInputs.CheckLength(length + pastLength, pastLength == 0 ? MaximumLength : options.MaximumLength);

    /// <summary>Draws fresh weights.</summary>
    public void Initialize()
    {
        Initialization.AllMatrices(this, options.InitializerRange);
        if (options.ScalesResidualOutputs)
        {
            Initialization.ResidualOutputs(blocks.ResidualOutputs, 2 * options.Blocks.BlockCount, options.InitializerRange);
        }
    }

    /// <summary>Puts virtual tokens before a sequence that begins, and adds what does not come from the token itself.</summary>
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
        var prompt = pastLength == 0 ? Virtual as PromptTokens : null;
        if (Virtual is { } before)
        {
            (text, ids, mask) = Behind(before.Count, prompt is not null, text, ids, mask);
            tokens = prompt?.Before(tokens) ?? tokens;
            pastLength = pastLength == 0 && prompt is null ? before.Count : pastLength;
        }

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
            text.PositionIds)
        {
            VirtualCount = prompt?.Count ?? 0,
        };
    }

    /// <summary>Runs the blocks and what follows them.</summary>
    /// <param name="input">The embedded sequence.</param>
    /// <param name="context">Cache, memory and trace, or null.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public Tensor Encode(EmbeddedSequence input, EncodeContext? context)
    {
        ArgumentNullException.ThrowIfNull(input);
        var result = blocks.Run(input, context, prefix: Virtual as PrefixTokens);
        if (finalNorm is not null)
        {
            result = finalNorm.forward(result);
            if (!options.TracesLastBlock)
            {
                context?.ReplaceLast(result);
            }
        }

        result = outputProjection?.forward(result) ?? result;
        return input.VirtualCount == 0 ? result : result.narrow(1, input.VirtualCount, result.size(1) - input.VirtualCount);
    }

    // What is said of a sequence, for one that virtual tokens stand before: among its own elements where it begins with them, else as keys or in the cache.
    private (TextBatch Text, Tensor Ids, Tensor? Mask) Behind(long count, bool isBeginning, TextBatch text, Tensor ids, Tensor? mask)
    {
        var batch = ids.size(0);
        Tensor Led(Tensor own, Tensor lead) => cat([lead.to(own.dtype).expand(own.size(0), count), own], 1);
        // Only that they are no padding matters of their ids.
        Tensor Same(long value) => full([1, count], value, ScalarType.Int64, ids.device);
        var places = text.PositionIds is { } given ? given + count : null;
        return (
            text with
            {
                PositionIds = places is not null && isBeginning ? Led(places, arange(0, count, ScalarType.Int64, ids.device).unsqueeze(0)) : places,
                TokenTypeIds = text.TokenTypeIds is { } types && isBeginning ? Led(types, Same(0)) : text.TokenTypeIds,
            },
            isBeginning ? Led(ids, Same(options.PaddingId + 1L)) : ids,
            mask is null ? null : Led(mask, Same(1)));
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
