using Plinth.Core;
using Plinth.Layers;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Stacks;

/// <summary>
/// An encoder that reads <see cref="TextBatch.InputIds"/> and a decoder that writes <see cref="TextBatch.DecoderInputIds"/>, over one
/// token table (Vaswani et al. 2017, arXiv:1706.03762). Its features are the decoder's.
/// </summary>
public sealed class SequenceToSequenceBackbone : Backbone
{
    private readonly TokenTable tokens;
    private readonly TextTransformer encoder, decoder;

    /// <param name="vocabularySize">Entries in the vocabulary.</param>
    /// <param name="encoder">Form of the part that reads.</param>
    /// <param name="decoder">Form of the part that writes; its blocks have memory.</param>
    public SequenceToSequenceBackbone(int vocabularySize, StackOptions encoder, StackOptions decoder)
        : base(nameof(SequenceToSequenceBackbone))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        tokens = new(vocabularySize, encoder.TokenSize);
        this.encoder = new(encoder);
        this.decoder = new(decoder);
        RegisterComponents();
        Initialization.Normal(tokens.Weight, encoder.InitializerRange);
        this.encoder.Initialize();
        this.decoder.Initialize();
    }

    /// <inheritdoc />
    public override int HiddenSize => decoder.Options.FeatureSize;

    /// <inheritdoc />
    public override int MaximumLength => decoder.MaximumLength;

    /// <inheritdoc />
    public override Tensor TokenEmbedding => tokens.Weight;

    /// <inheritdoc />
    public override Memory? Read(Batch batch, IList<Tensor>? trace = null)
    {
        var text = TextInputs.Check(batch);
        encoder.CheckLength(text.InputIds.size(1), 0);
        var embedded = encoder.Embed(tokens.forward(text.InputIds), text, text.InputIds, text.AttentionMask, 0);
        // The decoder looks at virtual tokens like at others.
        var read = encoder.Encode(embedded with { VirtualCount = 0 }, trace is null ? null : new() { HiddenStates = trace });
        return new(read, embedded.VirtualCount == 0 ? text.AttentionMask : embedded.Mask);
    }

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The batch says nothing of what the decoder has written.</exception>
    public override EmbeddedSequence Embed(Batch batch, long pastLength = 0)
    {
        var written = (batch as TextBatch)?.DecoderInputIds
            ?? throw new ArgumentException($"An encoder-decoder takes a {nameof(TextBatch)} with {nameof(TextBatch.DecoderInputIds)}.", nameof(batch));
        decoder.CheckLength(written.size(1), pastLength);
        return decoder.Embed(tokens.forward(written), new() { InputIds = written }, written, mask: null, pastLength);
    }

    /// <inheritdoc />
    public override Tensor Encode(EmbeddedSequence input, EncodeContext? context = null) => decoder.Encode(input, context);
}
