using Plinth.Core;
using Plinth.Layers;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>Start and end logits for each token.</summary>
public sealed class SpanHead : TokenHead
{
    private readonly TokenTransform? taggerTransform;
    private readonly Projection span;

    /// <param name="hidden">Width of the features.</param>
    /// <param name="transform">What each vector passes first, or null.</param>
    public SpanHead(int hidden, EncoderHeadOptions? transform = null)
        : base(nameof(SpanHead))
    {
        taggerTransform = transform is null ? null : TokenTransform.ForSummary(transform);
        span = new(hidden, 2);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone) => span.forward(taggerTransform?.forward(vectors) ?? vectors);
}
