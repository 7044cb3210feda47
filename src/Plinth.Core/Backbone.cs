using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>A sequence of vectors ready for the encoder: the one form that every modality takes.</summary>
/// <param name="Vectors">The embedded elements; <c>[batch, seq, hidden]</c>.</param>
/// <param name="Mask">1 for real elements and 0 for padding, or null when nothing is padded; <c>[batch, seq]</c>.</param>
/// <param name="Positions">Positions for relative encodings, or null to count from 0; int64 <c>[batch, seq]</c>.</param>
public record EmbeddedSequence(Tensor Vectors, Tensor? Mask, Tensor? Positions)
{
    /// <summary>Elements at the front that stand for none of the batch; the encoder's result leaves them out.</summary>
    public long VirtualCount { get; init; }
}

/// <summary>Pictures as sequences: their patches or pixels row by row, behind and before whatever tokens the architecture adds.</summary>
/// <param name="Vectors">The embedded elements; <c>[batch, seq, hidden]</c>.</param>
/// <param name="RowCount">Patches or pixels from top to bottom.</param>
/// <param name="ColumnCount">Patches or pixels from left to right.</param>
public sealed record EmbeddedImages(Tensor Vectors, long RowCount, long ColumnCount) : EmbeddedSequence(Vectors, null, null);

/// <summary>What an encoder gives back.</summary>
/// <param name="Hidden">One vector per element; <c>[batch, seq, hidden]</c>.</param>
/// <param name="Mask">1 for real elements and 0 for padding, or null when nothing is padded; <c>[batch, seq]</c>.</param>
/// <param name="InputIds">The token ids that the features came from, for heads that pool by them; <c>[batch, seq]</c>.</param>
public sealed record Features(Tensor Hidden, Tensor? Mask, Tensor? InputIds = null)
{
    /// <summary>The pictures that the features came from, for heads that must know which patches were hidden.</summary>
    public ImageBatch? Images { get; init; }

    /// <summary>Features of the pictures that go with the texts, where an architecture has an encoder for each.</summary>
    public Features? Pictures { get; init; }

    /// <summary>The mean of the real elements; <c>[batch, hidden]</c>.</summary>
    public Tensor Mean() => Mask is null
        ? Hidden.mean([1L])
        : (Hidden * Mask.unsqueeze(-1).to(Hidden.dtype)).sum(1) / Mask.sum(1, keepdim: true).clamp_min(1).to(Hidden.dtype);
}

/// <summary>What an encoder wrote, for a decoder to read.</summary>
/// <param name="Hidden">One vector per element; <c>[batch, seq, hidden]</c>.</param>
/// <param name="Mask">1 for real elements and 0 for padding, or null when nothing is padded; <c>[batch, seq]</c>.</param>
public sealed record Memory(Tensor Hidden, Tensor? Mask);

/// <summary>What a caller may hand to, and ask of, one pass through the encoder.</summary>
public sealed class EncodeContext
{
    /// <summary>Keys and values of earlier positions, extended by this pass; null for a pass without memory.</summary>
    public KeyValueCache? Cache { get; init; }

    /// <summary>What a decoder reads; null lets <see cref="Backbone.Run"/> compute it from the batch where the architecture has an encoder.</summary>
    public Memory? Memory { get; init; }

    /// <summary>
    /// When given, receives the embedding output and the output of each block, <c>[batch, seq, hidden]</c> each;
    /// the last entry is the encoder's result. The caller owns the tensors.
    /// </summary>
    public IList<Tensor>? HiddenStates { get; init; }

    /// <summary>Notes the output of the embedding or of a block.</summary>
    public void Trace(Tensor state)
    {
        ArgumentNullException.ThrowIfNull(state);
        HiddenStates?.Add(state.alias().DetachFromDisposeScope());
    }

    /// <summary>Puts the normalised output in place of the last block's, as the reference lists it.</summary>
    public void ReplaceLast(Tensor result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (HiddenStates is { Count: > 0 } states)
        {
            states[^1].Dispose();
            states[^1] = result.alias().DetachFromDisposeScope();
        }
    }
}

/// <summary>
/// Turns a batch into features and knows no task. Its two public halves are the seam between modalities and
/// machinery: <see cref="Embed"/> makes vectors, <see cref="Encode"/> relates them.
/// </summary>
public abstract class Backbone : nn.Module
{
    /// <param name="name">Name of the module, for printing.</param>
    protected Backbone(string name) : base(name) { }

    /// <summary>Width of the features.</summary>
    public abstract int HiddenSize { get; }

    /// <summary>The longest sequence that the positions allow.</summary>
    public abstract int MaximumLength { get; }

    /// <summary>Table of token vectors <c>[vocab, hidden]</c> for heads that compute with it (tied weights); null without tokens.</summary>
    public virtual Tensor? TokenEmbedding => null;

    /// <summary>Looks up or projects the inputs.</summary>
    /// <param name="batch">A batch of the backbone's modality.</param>
    /// <param name="pastLength">Positions already in the cache; position ids count on from there.</param>
    /// <exception cref="ArgumentException">The batch is of another modality.</exception>
    public abstract EmbeddedSequence Embed(Batch batch, long pastLength = 0);

    /// <summary>Relates the elements to each other.</summary>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public abstract Tensor Encode(EmbeddedSequence input, EncodeContext? context = null);

    /// <summary>Reads the input of an architecture with encoder and decoder; null where there is no encoder of its own.</summary>
    /// <param name="batch">A batch of the backbone's modality.</param>
    /// <param name="trace">As <see cref="EncodeContext.HiddenStates"/>, of the encoder; or null.</param>
    public virtual Memory? Read(Batch batch, IList<Tensor>? trace = null) => null;

    /// <summary>Embeds, then encodes; with an encoder of its own, reads first.</summary>
    public virtual Features Run(Batch batch, EncodeContext? context = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (context?.Memory is null && Read(batch) is { } memory)
        {
            context = new() { Cache = context?.Cache, HiddenStates = context?.HiddenStates, Memory = memory };
        }

        var embedded = Embed(batch, context?.Cache?.Length ?? 0);
        var text = batch as TextBatch;
        return context?.Memory is null
            ? new(Encode(embedded, context), text?.AttentionMask, text?.InputIds) { Images = batch as ImageBatch }
            : new(Encode(embedded, context), null, text?.DecoderInputIds);
    }
}
