using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>One vector for the whole sequence: the first token's, or the mean of all, through a dense layer (BERT's pooler and its kin).</summary>
public sealed class SummaryHead : ModelHead
{
    private readonly TokenTransform vector;
    private readonly bool isMean;

    /// <param name="options">Its form.</param>
    public SummaryHead(EncoderHeadOptions options)
        : base(nameof(SummaryHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        vector = TokenTransform.ForSummary(options);
        isMean = options.SummarizesMean;
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        return vector.forward(isMean ? features.Mean() : features.Hidden.select(1, 0));         // [batch, hidden]
    }
}
