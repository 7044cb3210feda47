using Plinth.Core;
using Plinth.Layers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>Class logits of the vector for the whole sequence: sequence classification, and multiple choice with one class.</summary>
public sealed class SequenceHead : ModelHead
{
    private readonly SummaryHead summary;
    private readonly Projection classifier;
    private readonly double dropout;

    /// <param name="options">Its form.</param>
    public SequenceHead(EncoderHeadOptions options)
        : base(nameof(SequenceHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        dropout = options.Dropout;
        summary = new(options);
        classifier = new(options.HiddenSize, options.LabelCount);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Logits(Features features, Backbone backbone)
    {
        var vector = summary.Logits(features, backbone);
        return classifier.forward(training && dropout > 0 ? nn.functional.dropout(vector, dropout, true) : vector);
    }
}
