using Plinth.Layers.Attention;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Blocks;

/// <summary>Attention, then a feed-forward network, each added to its input: the block that all transformers here share.</summary>
public sealed class TransformerBlock : nn.Module
{
    private readonly SelfAttention attention;
    private readonly Norm attentionNorm;
    private readonly FeedForwardNetwork feedForward;
    private readonly Norm feedForwardNorm;
    private readonly NormPlacement placement;
    private readonly double dropout;

    /// <param name="options">Sizes and form.</param>
    public TransformerBlock(TransformerOptions options)
        : base(nameof(TransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(options);
        var hidden = options.Attention.HiddenSize;
        placement = options.Placement;
        dropout = options.Dropout;
        attention = new(options.Attention);
        attentionNorm = new(options.Norm, hidden, options.NormEpsilon);
        feedForward = new(hidden, options.InnerSize, options.Activation, options.IsGated, options.HasFeedForwardBias);
        feedForwardNorm = new(options.Norm, hidden, options.NormEpsilon);
        RegisterComponents();
    }

    /// <summary>The two maps that write to the residual stream.</summary>
    public IReadOnlyList<Projection> ResidualOutputs => [attention.Output, feedForward.Output];

    /// <param name="input"><c>[batch, seq, hidden]</c>.</param>
    /// <param name="shared">What all blocks of this pass share.</param>
    /// <param name="number">Number of the block, from 0.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public Tensor Run(Tensor input, AttentionInputs shared, int number)
    {
        if (placement == NormPlacement.Before)
        {
            var seen = input + Drop(attention.Attend(attentionNorm.forward(input), shared, number));
            return seen + Drop(feedForward.forward(feedForwardNorm.forward(seen)));
        }

        var attended = attentionNorm.forward(input + Drop(attention.Attend(input, shared, number)));
        return feedForwardNorm.forward(attended + Drop(feedForward.forward(attended)));
    }

    private Tensor Drop(Tensor input) => training && dropout > 0 ? nn.functional.dropout(input, dropout, true) : input;
}
