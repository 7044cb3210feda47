using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Stacks;

/// <summary>An encoder of texts beside one of pictures; a batch goes to the one that it is for, or to both.</summary>
public sealed class PairBackbone : Backbone
{
    private readonly Backbone text, image;

    /// <param name="text">Reads texts.</param>
    /// <param name="image">Sees pictures.</param>
    public PairBackbone(Backbone text, Backbone image)
        : base(nameof(PairBackbone))
    {
        (this.text, this.image) = (text, image);
        RegisterComponents();
    }

    /// <inheritdoc />
    /// <remarks>That of texts.</remarks>
    public override int HiddenSize => text.HiddenSize;

    /// <inheritdoc />
    /// <remarks>That of texts.</remarks>
    public override int MaximumLength => text.MaximumLength;

    /// <inheritdoc />
    public override Tensor? TokenEmbedding => text.TokenEmbedding;

    /// <inheritdoc />
    public override EmbeddedSequence Embed(Batch batch, long pastLength = 0) => batch is ImageBatch ? image.Embed(batch) : text.Embed(batch, pastLength);

    /// <inheritdoc />
    public override Tensor Encode(EmbeddedSequence input, EncodeContext? context = null) => (input is EmbeddedImages ? image : text).Encode(input, context);

    /// <summary>Features of the texts, with those of their pictures; or of pictures alone.</summary>
    public override Features Run(Batch batch, EncodeContext? context = null)
    {
        if (batch is ImageBatch)
        {
            return image.Run(batch, context);
        }

        var features = text.Run(batch, context);
        return batch is TextBatch { Images: { } images } ? features with { Pictures = image.Run(images) } : features;
    }
}
