using Plinth.Core;
using Plinth.Layers;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>Logits of hidden tokens: a dense layer and a norm, then the token table itself with a vector added.</summary>
public sealed class MaskedTokenHead : TokenHead
{
    private readonly Projection transform;
    private readonly Norm transformNorm;
    private readonly Parameter outputBias;
    private readonly Func<Tensor, Tensor> activation;

    /// <param name="options">Its form.</param>
    public MaskedTokenHead(EncoderHeadOptions options)
        : base(nameof(MaskedTokenHead))
    {
        ArgumentNullException.ThrowIfNull(options);
        var size = options.TokenSize ?? options.HiddenSize;
        transform = new(options.HiddenSize, size, options.HasBias);
        transformNorm = new(options.Norm, size);
        outputBias = FreshWeights.Zeros(options.VocabularySize);
        activation = Activations.Named(options.Activation);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        return nn.functional.linear(transformNorm.forward(activation(transform.forward(vectors))), backbone.TokenEmbedding!, outputBias);
    }
}
