using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>One vector for the whole sequence: the first token's, or the mean of all, through a dense layer (BERT's pooler and its kin).</summary>
public sealed class SummaryHead : ModelHead
{
    private readonly Projection dense;
    private readonly Norm? norm;
    private readonly Func<Tensor, Tensor> activation;
    private readonly bool isMean;

    /// <param name="options">Its form.</param>
    public SummaryHead(EncoderHeadOptions options)
        : base(nameof(SummaryHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        dense = new(options.HiddenSize, options.HiddenSize, options.HasBias);
        norm = options.SummaryNorm is null ? null : new(options.SummaryNorm, options.HiddenSize);
        activation = Activations.Named(options.SummaryActivation);
        isMean = options.SummarizesMean;
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Logits(Features features, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(features);
        var chosen = isMean ? Mean(features) : features.Hidden.select(1, 0);                      // [batch, hidden]
        var result = activation(dense.forward(chosen));
        return norm?.forward(result) ?? result;
    }

    private static Tensor Mean(Features features)
    {
        if (features.Mask is null)
        {
            return features.Hidden.mean([1L]);
        }

        var weights = features.Mask.unsqueeze(-1).to(features.Hidden.dtype);                      // [batch, seq, 1]
        return (features.Hidden * weights).sum(1) / weights.sum(1);
    }
}
