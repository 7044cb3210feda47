using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.Norms;
using static TorchSharp.torch;

namespace Plinth.Models.Vision.Heads;

/// <summary>Class logits of what stands for the whole picture.</summary>
public sealed class ImageClassifierHead : ModelHead
{
    private readonly Norm? norm;
    private readonly Projection classifier;
    private readonly ImageSummary summary;

    /// <param name="options">Its form.</param>
    public ImageClassifierHead(ImageHeadOptions options)
        : base(nameof(ImageClassifierHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        summary = options.Summary;
        var size = options.SizeOf(summary);
        norm = options.Norm is null ? null : new(options.Norm, size);
        classifier = new(size, options.LabelCount);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        var result = ImageSummaries.Of(features.Hidden, summary);                                 // [batch, hidden]
        return classifier.forward(norm?.forward(result) ?? result);                               // [batch, class]
    }
}
