using Plinth.Core;
using Plinth.Layers;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>One logit per token: whether it was replaced (ELECTRA: Clark et al. 2020, arXiv:2003.10555).</summary>
public sealed class ReplacedTokenHead : TokenHead
{
    private readonly TokenTransform discriminator;
    private readonly Projection prediction;

    /// <param name="options">Its form.</param>
    public ReplacedTokenHead(EncoderHeadOptions options)
        : base(nameof(ReplacedTokenHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        discriminator = new(options.HiddenSize, options.HiddenSize, options.Activation, hasBias: true, norm: null);
        prediction = new(options.HiddenSize, 1);
        RegisterComponents();
    }

    /// <inheritdoc />
    /// <returns><c>[...]</c>: one logit per vector.</returns>
    public override Tensor Project(Tensor vectors, Backbone backbone) => prediction.forward(discriminator.forward(vectors)).squeeze(-1);
}
