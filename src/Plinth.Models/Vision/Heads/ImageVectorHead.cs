using Plinth.Core;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Heads;

/// <summary>One vector for the whole picture, through a norm and a dense layer where the architecture has them.</summary>
public sealed class ImageVectorHead : ModelHead
{
    private readonly Norm? norm;
    private readonly TokenTransform? vector;
    private readonly ImageSummary summary;

    /// <param name="options">Its form.</param>
    public ImageVectorHead(ImageHeadOptions options)
        : base(nameof(ImageVectorHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        summary = options.VectorSummary;
        var size = options.SizeOf(summary);
        norm = options.Norm is null ? null : new(options.Norm, size);
        vector = options.VectorSize is { } output ? new(size, output, options.VectorActivation, hasBias: true, norm: null) : null;
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        var result = ImageSummaries.Of(features.Hidden, summary);                                 // [batch, hidden]
        result = norm?.forward(result) ?? result;
        return vector?.forward(result) ?? result;
    }
}
