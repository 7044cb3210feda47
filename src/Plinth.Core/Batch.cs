using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core;

/// <summary>
/// Tensors of one modality that travel together, targets included. The trainer moves a batch and counts it;
/// what the labels mean is known to the <see cref="Objective"/> alone.
/// </summary>
public abstract record Batch
{
    /// <summary>The label of a position that is no target: its loss is not counted.</summary>
    public const long IgnoredLabel = -100;

    /// <summary>Targets, in the shape that the objective defines, or null when the batch is only to be answered.</summary>
    public Tensor? Labels { get; init; }

    /// <summary>Which of several tasks that are learnt together the batch is of, from 0.</summary>
    public int TaskNumber { get; init; }

    /// <summary>Which source of a mixture each sample comes from, by name, or null where there is only one.</summary>
    public IReadOnlyList<string>? SourceNames { get; init; }

    /// <summary>Samples in the batch.</summary>
    public abstract int Count { get; }

    /// <summary>Sequence elements that are not padding (tokens, patches, frames), for throughput.</summary>
    public abstract long ElementCount { get; }

    /// <summary>The same batch on another device; tensors that are there already are shared.</summary>
    public abstract Batch To(Device device);

    /// <summary>
    /// Some of the samples, in the same memory. Labels are not among what is cut, for only an objective knows which belong to which sample:
    /// see <see cref="Objective.Part"/>.
    /// </summary>
    /// <param name="first">The first sample, from 0.</param>
    /// <param name="count">How many.</param>
    public abstract Batch Rows(int first, int count);

    /// <summary>The sources of some of the samples.</summary>
    /// <param name="first">The first sample, from 0.</param>
    /// <param name="count">How many.</param>
    protected IReadOnlyList<string>? NamesOf(int first, int count) => SourceNames is null ? null : [.. SourceNames.Skip(first).Take(count)];
}

/// <summary>Pictures of one size.</summary>
public sealed record ImageBatch : Batch
{
    /// <summary>Pixels as the preprocessor of the checkpoint scales them; <c>[batch, channel, height, width]</c>.</summary>
    public required Tensor PixelValues { get; init; }

    /// <summary>Patches that are hidden behind the mask token, row by row, or null for none; bool <c>[batch, patch]</c>.</summary>
    public Tensor? PatchMask { get; init; }

    /// <summary>Numbers of the patches that the encoder is given, in its order, or null for all (masked autoencoders); int64 <c>[batch, visible]</c>.</summary>
    public Tensor? VisiblePatches { get; init; }

    /// <summary>Further crops of the same pictures, in another size, or null for none; <c>[crop, channel, height, width]</c>.</summary>
    public Tensor? Crops { get; init; }

    /// <summary>Patches in all pictures together; counted once on the host by whoever makes the batch.</summary>
    public long PatchCount { get; init; }

    /// <inheritdoc />
    public override int Count => (int)PixelValues.size(0);

    /// <inheritdoc />
    /// <remarks>Pictures, where nobody has counted patches.</remarks>
    public override long ElementCount => PatchCount > 0 ? PatchCount : Count;

    /// <inheritdoc />
    public override Batch To(Device device) => MoveTo(device);

    /// <summary>The same pictures on another device; tensors that are there already are shared.</summary>
    public ImageBatch MoveTo(Device device) => device.type == DeviceType.CPU && PixelValues.device_type == DeviceType.CPU
        ? this
        : this with
        {
            PixelValues = PixelValues.to(device),
            PatchMask = PatchMask?.to(device),
            VisiblePatches = VisiblePatches?.to(device),
            Crops = Crops?.to(device),
            Labels = Labels?.to(device),
        };

    /// <inheritdoc />
    public override Batch Rows(int first, int count) => Pictures(first, count);

    /// <summary>Some of the pictures, without further crops; in the same memory.</summary>
    /// <param name="first">The first picture, from 0.</param>
    /// <param name="count">How many.</param>
    public ImageBatch Pictures(int first, int count) => this with
    {
        PixelValues = PixelValues.narrow(0, first, count),
        PatchMask = PatchMask?.narrow(0, first, count),
        VisiblePatches = VisiblePatches?.narrow(0, first, count),
        Crops = null,
        SourceNames = NamesOf(first, count),
        PatchCount = PatchCount * count / Count,
    };
}

/// <summary>Token sequences, padded to one length.</summary>
public sealed record TextBatch : Batch
{
    /// <summary>Token ids; int64 <c>[batch, seq]</c>.</summary>
    public required Tensor InputIds { get; init; }

    /// <summary>What the decoder of an encoder-decoder has written so far; int64 <c>[batch, target]</c>. Null elsewhere.</summary>
    public Tensor? DecoderInputIds { get; init; }

    /// <summary>1 for real tokens and 0 for padding, or null when nothing is padded; int64 <c>[batch, seq]</c>.</summary>
    public Tensor? AttentionMask { get; init; }

    /// <summary>Which of two texts a token belongs to, or null for all 0; int64 <c>[batch, seq]</c>.</summary>
    public Tensor? TokenTypeIds { get; init; }

    /// <summary>Positions, or null to count from 0 at the first column; int64 <c>[batch, seq]</c>.</summary>
    public Tensor? PositionIds { get; init; }

    /// <summary>Whether a token begins a word, for whole-word masking, or null; bool <c>[batch, seq]</c>.</summary>
    public Tensor? WordStarts { get; init; }

    /// <summary>Whether the second text really follows the first (0) or is a random one (1); int64 <c>[batch]</c>.</summary>
    public Tensor? NextSentenceLabels { get; init; }

    /// <summary>Pictures that go with the texts, or null without any.</summary>
    public ImageBatch? Images { get; init; }

    /// <summary>Tokens that are not padding; counted once on the host by whoever makes the batch.</summary>
    public long TokenCount { get; init; }

    /// <inheritdoc />
    public override int Count => (int)InputIds.size(0);

    /// <inheritdoc />
    public override long ElementCount => TokenCount > 0 ? TokenCount : InputIds.size(0) * InputIds.size(1);

    /// <inheritdoc />
    public override Batch To(Device device) => device.type == DeviceType.CPU && InputIds.device_type == DeviceType.CPU
        ? this
        : this with
        {
            InputIds = InputIds.to(device),
            DecoderInputIds = DecoderInputIds?.to(device),
            AttentionMask = AttentionMask?.to(device),
            TokenTypeIds = TokenTypeIds?.to(device),
            PositionIds = PositionIds?.to(device),
            WordStarts = WordStarts?.to(device),
            NextSentenceLabels = NextSentenceLabels?.to(device),
            Images = Images?.MoveTo(device),
            Labels = Labels?.to(device),
        };

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">There are pictures, but not one for each text, so that nobody knows which are whose.</exception>
    public override Batch Rows(int first, int count) => this with
    {
        InputIds = InputIds.narrow(0, first, count),
        DecoderInputIds = DecoderInputIds?.narrow(0, first, count),
        AttentionMask = AttentionMask?.narrow(0, first, count),
        TokenTypeIds = TokenTypeIds?.narrow(0, first, count),
        PositionIds = PositionIds?.narrow(0, first, count),
        WordStarts = WordStarts?.narrow(0, first, count),
        NextSentenceLabels = NextSentenceLabels?.narrow(0, first, count),
        Images = Images is null || Images.Count == Count ? Images?.Pictures(first, count)
            : throw new InvalidOperationException($"A batch of {Count} texts with {Images.Count} pictures cannot be cut."),
        SourceNames = NamesOf(first, count),
        TokenCount = TokenCount * count / Count,
    };
}
