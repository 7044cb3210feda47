using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.FeedForward;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>One logit per token: whether it was replaced (ELECTRA: Clark et al. 2020, arXiv:2003.10555).</summary>
public sealed class ReplacedTokenHead : TokenHead
{
    private readonly Projection dense, prediction;
    private readonly Func<Tensor, Tensor> activation;

    /// <param name="options">Its form.</param>
    public ReplacedTokenHead(EncoderHeadOptions options)
        : base(nameof(ReplacedTokenHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        dense = new(options.HiddenSize, options.HiddenSize);
        prediction = new(options.HiddenSize, 1);
        activation = Activations.Named(options.Activation);
        RegisterComponents();
    }

    /// <inheritdoc />
    /// <returns><c>[...]</c>: one logit per vector.</returns>
    public override Tensor Project(Tensor vectors, Backbone backbone) => prediction.forward(activation(dense.forward(vectors))).squeeze(-1);
}
