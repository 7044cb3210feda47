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

    /// <param name="input"><c>[batch, seq, hidden]</c>.</param>
    /// <param name="pass">What all blocks of this pass share.</param>
    /// <param name="number">Number of the block, from 0.</param>
    /// <returns><c>[batch, seq, hidden]</c>.</returns>
    public Tensor Run(Tensor input, AttentionPass pass, int number)
    {
        if (placement == NormPlacement.Parallel)
        {
            var normed = attentionNorm!.forward(input);
            return input + Drop(attention.Attend(normed, pass, number)) + Drop(Transform(feedForwardNorm?.forward(input) ?? normed));
        }

        var stream = new Stream(input, null);
        stream = Add(stream, attentionNorm, attentionOutputNorm, x => Scaled(attention.Attend(x, pass, number), attentionScale));
        if (memoryAttention is not null)
        {
            stream = Add(stream, memoryNorm, null, x => memoryAttention.AttendToMemory(x, pass, number));
        }

        stream = Add(stream, feedForwardNorm, feedForwardOutputNorm, x => Scaled(Transform(x), feedForwardScale));
        return stream.Change is { } last ? stream.Vectors + last : stream.Vectors;
    }

    private static Tensor Scaled(Tensor output, Tensor? scale) => scale is null ? output : output * scale;

    private Stream Add(Stream stream, Norm? norm, Norm? outputNorm, Func<Tensor, Tensor> part)
    {
        if (placement == NormPlacement.After)
        {
            return new(norm!.AddAndNorm(stream.Vectors, Drop(part(stream.Vectors))).Normed, null);
        }

        var (vectors, normed) = stream.Normed(norm);
        var change = part(normed);
        return new(vectors, Drop(outputNorm is null ? change : outputNorm.forward(change)));
    }

    private Tensor Transform(Tensor input) => feedForward is null ? experts!.forward(input) : feedForward.forward(input);

    private Tensor Drop(Tensor input) => StochasticDepth.Apply(training && dropout > 0 ? nn.functional.dropout(input, dropout, true) : input, dropProbability, training);

    // The residual stream: its vectors, and what is still to be added to them; the next norm does both at once.
    private readonly record struct Stream(Tensor Vectors, Tensor? Change)
    {
        public (Tensor Vectors, Tensor Normed) Normed(Norm? norm)
        {
            if (norm is not null && Change is not null)
            {
                return norm.AddAndNorm(Vectors, Change);
            }

            var sum = Change is null ? Vectors : Vectors + Change;
            return (sum, norm is null ? sum : norm.forward(sum));
        }
    }
}
