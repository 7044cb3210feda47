using Plinth.Core;
using Plinth.Layers.FeedForward;
using Plinth.Models.Text.Stacks;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Stacks;

/// <summary>Form of a <see cref="SeeingBackbone"/> beyond its parts.</summary>
public sealed record SeeingOptions
{
    /// <summary>Id of the token that stands for one vector of a picture.</summary>
    public required int ImageTokenId { get; init; }

    /// <summary>Which output of the part that sees is taken: 0 is the embedding, 1 the first block; negative numbers count from the last.</summary>
    public required int Layer { get; init; }

    /// <summary>Whether the first vector, the class token's, is left out.</summary>
    public required bool SkipsFirst { get; init; }

    /// <summary>Non-linearity between the maps that lead from pictures to tokens.</summary>
    public string Activation { get; init; } = "gelu";

    /// <summary>Whether those maps add vectors.</summary>
    public bool HasBias { get; init; } = true;
}

/// <summary>A decoder of texts in which the vectors of pictures stand where their tokens are (Liu et al. 2023, arXiv:2304.08485).</summary>
public sealed class SeeingBackbone : Backbone
{
    private readonly TextBackbone text;
    private readonly Backbone vision;
    private readonly ModelHead pooler;
    private readonly DenseLayers projector;
    private readonly SeeingOptions options;

    /// <param name="text">The part that reads and writes.</param>
    /// <param name="vision">The part that sees.</param>
    /// <param name="pooler">What that part has on top; it is stored with it, though nothing is asked of it here.</param>
    /// <param name="options">How they are joined.</param>
    public SeeingBackbone(TextBackbone text, Backbone vision, ModelHead pooler, SeeingOptions options)
        : base(nameof(SeeingBackbone))
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(vision);
        ArgumentNullException.ThrowIfNull(options);
        (this.text, this.vision, this.pooler, this.options) = (text, vision, pooler, options);
        projector = new([vision.HiddenSize, text.HiddenSize, text.HiddenSize], options.Activation, options.HasBias);
        RegisterComponents();
        foreach (var unused in pooler.parameters())
        {
            unused.requires_grad = false;
        }
    }

    /// <inheritdoc />
    public override int HiddenSize => text.HiddenSize;

    /// <inheritdoc />
    public override int MaximumLength => text.MaximumLength;

    /// <inheritdoc />
    public override Tensor? TokenEmbedding => text.TokenEmbedding;

    /// <summary>Id of the token that stands for one vector of a picture.</summary>
    public int ImageTokenId => options.ImageTokenId;

    /// <summary>How many tokens a picture takes; the blocks are not run for it.</summary>
    /// <param name="images">The pictures.</param>
    public int TokensOf(ImageBatch images)
    {
        using var vectors = vision.Embed(images).Vectors;
        return (int)vectors.size(1) - (options.SkipsFirst ? 1 : 0);
    }

    /// <summary>Pictures as vectors that can stand among tokens.</summary>
    /// <param name="images">The pictures.</param>
    /// <returns><c>[batch, patch, hidden]</c>.</returns>
    public Tensor See(ImageBatch images)
    {
        var states = new List<Tensor>();
        try
        {
            vision.Run(images, new() { HiddenStates = states });
            var seen = states[options.Layer < 0 ? states.Count + options.Layer : options.Layer];
            // A view of its own, because the states are not kept.
            return projector.forward(options.SkipsFirst ? seen.narrow(1, 1, seen.size(1) - 1) : seen.alias());
        }
        finally
        {
            states.ForEach(state => state.Dispose());
        }
    }

    /// <inheritdoc />
    /// <exception cref="ArgumentException">There are not as many image tokens as the pictures have vectors.</exception>
    public override EmbeddedSequence Embed(Batch batch, long pastLength = 0) =>
        text.Embed(batch, pastLength, vectors => batch is TextBatch { Images: { } images } texts ? Place(vectors, texts.InputIds, See(images)) : vectors);

    /// <inheritdoc />
    public override Tensor Encode(EmbeddedSequence input, EncodeContext? context = null) => text.Encode(input, context);

    private Tensor Place(Tensor vectors, Tensor ids, Tensor seen)
    {
        var places = ids.eq(options.ImageTokenId);
        var (tokens, parts) = (places.sum().ToInt64(), seen.size(0) * seen.size(1));
        return tokens == parts
            ? vectors.masked_scatter(places.unsqueeze(-1), seen.to(vectors.dtype))
            : throw new ArgumentException(
                $"The texts have {tokens} image tokens ({options.ImageTokenId}), and the pictures {seen.size(0)} × {seen.size(1)} vectors. Give each picture {seen.size(1)} tokens.", nameof(ids));
    }
}
