using Plinth.Core;
using Plinth.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Heads;

/// <summary>Form of a <see cref="PairHead"/>.</summary>
public sealed record PairHeadOptions
{
    /// <summary>Width of a text's vector.</summary>
    public required int TextSize { get; init; }

    /// <summary>Width of a picture's vector.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Width of the common space that maps lead to; null where both vectors are in it already.</summary>
    public int? CommonSize { get; init; }

    /// <summary>How pairs are learnt. Where each is judged alone, the logits are shifted too.</summary>
    public required PairLoss Loss { get; init; }

    /// <summary>What the logarithm of the factor on the cosines begins with.</summary>
    public required double Scale { get; init; }

    /// <summary>What the shift begins with.</summary>
    public double Shift { get; init; }
}

/// <summary>Cosines of texts and pictures in a common space, scaled (Radford et al. 2021, arXiv:2103.00020; Zhai et al. 2023, arXiv:2303.15343).</summary>
public sealed class PairHead : ModelHead, IPairHead
{
    private static readonly double LargestScale = Math.Log(100);    // what is learnt is the logarithm

    private readonly ModelHead text, image;
    private readonly Projection? textProjection, imageProjection;
    private readonly Parameter scale;
    private readonly Parameter? shift;

    /// <param name="text">Makes one vector of a text.</param>
    /// <param name="image">Makes one vector of a picture.</param>
    /// <param name="options">Its form.</param>
    public PairHead(ModelHead text, ModelHead image, PairHeadOptions options)
        : base(nameof(PairHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        (this.text, this.image, Loss) = (text, image, options.Loss);
        textProjection = options.CommonSize is { } common ? new(options.TextSize, common, hasBias: false) : null;
        imageProjection = options.CommonSize is { } wide ? new(options.ImageSize, wide, hasBias: false) : null;
        // The reference keeps a bare number where there is no shift, and rows of one where there is.
        scale = options.Loss == PairLoss.Choice ? FreshWeights.Ones() : FreshWeights.Ones(1);
        shift = options.Loss == PairLoss.EachPair ? FreshWeights.Ones(1) : null;
        RegisterComponents();
        if (FreshWeights.AreDrawn)
        {
            using var noGrad = no_grad();
            scale.fill_(options.Scale);
            shift?.fill_(options.Shift);
        }
    }

    /// <inheritdoc />
    public ModelHead Text => text;

    /// <inheritdoc />
    public ModelHead Image => image;

    /// <inheritdoc />
    public PairLoss Loss { get; }

    /// <inheritdoc />
    public Tensor TextVectors(Features features, Backbone backbone) => Unit(text.Logits(features, backbone), textProjection);

    /// <inheritdoc />
    public Tensor ImageVectors(Features features, Backbone backbone) => Unit(image.Logits(features, backbone), imageProjection);

    /// <summary>How well each text fits each picture.</summary>
    /// <param name="features">Features of texts, with those of pictures.</param>
    /// <param name="backbone">The backbone under this head.</param>
    /// <returns><c>[image, text]</c>.</returns>
    /// <exception cref="ArgumentException">The batch had no pictures.</exception>
    public override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        var pictures = features.Pictures
            ?? throw new ArgumentException($"Texts are compared with pictures: give a {nameof(TextBatch)} with {nameof(TextBatch.Images)}.", nameof(features));
        return Compare(ImageVectors(pictures, backbone), TextVectors(features, backbone));
    }

    /// <inheritdoc />
    public Tensor Compare(Tensor images, Tensor texts)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(texts);
        var scaled = images.matmul(texts.transpose(0, 1)) * scale.exp();
        return shift is null ? scaled : scaled + shift;
    }

    /// <inheritdoc />
    /// <remarks>At most 100, without which training was not stable (Radford et al. 2021, section 2.5); pairs that are judged alone have no bound.</remarks>
    public void BoundScale()
    {
        if (Loss == PairLoss.Choice)
        {
            using var quiet = no_grad();
            using var scope = NewDisposeScope();
            scale.clamp_(max: LargestScale);
        }
    }

    private static Tensor Unit(Tensor vectors, Projection? projection) => nn.functional.normalize(projection?.forward(vectors) ?? vectors, 2, -1);
}
