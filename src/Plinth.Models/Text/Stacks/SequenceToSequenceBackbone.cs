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
    public override int MaximumLength => decoder.Options.MaximumLength;

    /// <inheritdoc />
    public override Tensor TokenEmbedding => tokens.Weight;

    /// <inheritdoc />
    public override Memory? Read(Batch batch, IList<Tensor>? trace = null)
    {
        var text = TextInputs.Check(batch, 0, encoder.Options.MaximumLength);
        var embedded = encoder.Embed(tokens.forward(text.InputIds), text, text.InputIds, text.AttentionMask, 0);
        return new(encoder.Encode(embedded, trace is null ? null : new() { HiddenStates = trace }), text.AttentionMask);
    }

    /// <inheritdoc />
    /// <exception cref="ArgumentException">The batch says nothing of what the decoder has written.</exception>
    public override EmbeddedSequence Embed(Batch batch, long pastLength = 0)
    {
        var written = (batch as TextBatch)?.DecoderInputIds
            ?? throw new ArgumentException($"An encoder-decoder takes a {nameof(TextBatch)} with {nameof(TextBatch.DecoderInputIds)}.", nameof(batch));
        TextInputs.CheckLength(written.size(1) + pastLength, MaximumLength);
        return decoder.Embed(tokens.forward(written), new() { InputIds = written }, written, mask: null, pastLength);
    }

    /// <inheritdoc />
    public override Tensor Encode(EmbeddedSequence input, EncodeContext? context = null) => decoder.Encode(input, context);
}
