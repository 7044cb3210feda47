using Plinth.Core;
using Plinth.Layers;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>Logits of hidden tokens: a dense layer and a norm, then the token table itself with a vector added.</summary>
public sealed class MaskedTokenHead : TokenHead
{
    private readonly TokenTransform transform;
    private readonly Parameter outputBias;

    /// <param name="options">Its form.</param>
    public MaskedTokenHead(EncoderHeadOptions options)
        : base(nameof(MaskedTokenHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        transform = new(options.HiddenSize, options.TokenSize ?? options.HiddenSize, options.Activation, options.HasBias, options.Norm);
        outputBias = FreshWeights.Zeros(options.VocabularySize);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        return LinearMap.Apply(transform.forward(vectors), backbone.TokenEmbedding!, outputBias);
    }
}
