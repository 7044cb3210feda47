using Plinth.Core;
using Plinth.Layers.Attention;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Layers.Blocks;

/// <summary>Attention, then a feed-forward network, each added to its input: the block that all transformers here share.</summary>
public sealed class TransformerBlock : nn.Module
{
    private readonly MultiHeadAttention attention;
    private readonly MultiHeadAttention? memoryAttention;
    private readonly Norm? attentionNorm, attentionOutputNorm, memoryNorm, feedForwardNorm, feedForwardOutputNorm;
    private readonly FeedForwardNetwork? feedForward;
    private readonly MixtureOfExperts? experts;
    private readonly Parameter? attentionScale, feedForwardScale;
    private readonly NormPlacement placement;
    private readonly double dropout, dropProbability;

    /// <param name="options">Sizes and form.</param>
    /// <param name="number">Number of the block, from 0.</param>
    public TransformerBlock(TransformerOptions options, int number)
        : base(nameof(TransformerBlock))
    {
        ArgumentNullException.ThrowIfNull(options);
        var hidden = options.Attention.HiddenSize;
        placement = options.Placement;
        dropout = options.Dropout;
        dropProbability = options.DropProbabilityOf?.Invoke(number) ?? 0;
        attention = new(options.AttentionOf?.Invoke(number) ?? options.Attention);
        attentionNorm = options.SkipsFirstNorm && number == 0 ? null : new(options.Norm, hidden);
        feedForwardNorm = placement == NormPlacement.Parallel && !options.HasOwnFeedForwardNorm ? null : new(options.Norm, hidden);
        if (placement == NormPlacement.Around)
        {
            attentionOutputNorm = new(options.Norm, hidden);
            feedForwardOutputNorm = new(options.Norm, hidden);
        }

        if (options.HasMemory)
        {
            // Positions are those of the decoder alone: towards the memory there is no order, and no window.
            memoryAttention = new(options.Attention with { Pattern = AttentionPattern.Bidirectional, Positions = PositionKind.None, Window = null });
            memoryNorm = new(options.Norm, hidden);
        }

        attentionScale = options.OutputScale is { } first ? FreshWeights.Filled(first, hidden) : null;
        feedForwardScale = options.OutputScale is { } second ? FreshWeights.Filled(second, hidden) : null;
        feedForward = options.FeedForward.ExpertCount == 1 ? new(options.FeedForward) : null;
        experts = options.FeedForward.ExpertCount == 1 ? null : new(options.FeedForward);
        RegisterComponents();
    }

    /// <summary>Form of the attention to itself.</summary>
    public AttentionOptions Attention => attention.Options;

    /// <summary>The maps that write to the residual stream.</summary>
    public IEnumerable<Projection> ResidualOutputs =>
        [attention.Output, .. memoryAttention is null ? [] : (Projection[])[memoryAttention.Output], .. experts?.Outputs ?? [feedForward!.Output]];

    /// <param name="stream">What the blocks before left; <c>[batch, seq, hidden]</c>.</param>
    /// <param name="pass">What all blocks of this pass share.</param>
    /// <param name="number">Number of the block, from 0.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public Residual Run(Residual stream, AttentionPass pass, int number)
    {
        if (placement == NormPlacement.Parallel)
        {
            var (input, normed) = stream.Normed(attentionNorm);
            return new(input + Drop(attention.Attend(normed, pass, number)), Drop(Transform(feedForwardNorm?.forward(input) ?? normed)));
        }

        stream = Add(stream, attentionNorm, attentionOutputNorm, x => Scaled(attention.Attend(x, pass, number), attentionScale));
        if (memoryAttention is not null)
        {
            stream = Add(stream, memoryNorm, null, x => memoryAttention.AttendToMemory(x, pass, number));
        }

        return Add(stream, feedForwardNorm, feedForwardOutputNorm, x => Scaled(Transform(x), feedForwardScale));
    }

    private static Tensor Scaled(Tensor output, Tensor? scale) => scale is null ? output : output * scale;

    private Residual Add(Residual stream, Norm? norm, Norm? outputNorm, Func<Tensor, Tensor> part)
    {
        if (placement == NormPlacement.After)
        {
            var all = stream.Sum();
            return new(norm!.AddAndNorm(all, Drop(part(all))).Normed);
        }

        var (vectors, normed) = stream.Normed(norm);
        var change = part(normed);
        return new(vectors, Drop(outputNorm is null ? change : outputNorm.forward(change)));
    }

    private Tensor Transform(Tensor input) => feedForward is null ? experts!.forward(input) : feedForward.forward(input);

    private Tensor Drop(Tensor input) => StochasticDepth.Apply(training && dropout > 0 ? nn.functional.dropout(input, dropout, true) : input, dropProbability, training);
}
