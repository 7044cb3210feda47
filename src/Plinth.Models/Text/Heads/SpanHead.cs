using Plinth.Core;
using Plinth.Layers;
using static TorchSharp.torch;

namespace Plinth.Models.Text.Heads;

/// <summary>Start and end logits for each token.</summary>
public sealed class SpanHead : TokenHead
{
    private readonly Projection span;

    /// <param name="hidden">Width of the features.</param>
    public SpanHead(int hidden)
        : base(nameof(SpanHead))
    {
        span = new(hidden, 2);
        RegisterComponents();
    }

    /// <inheritdoc />
    public override Tensor Project(Tensor vectors, Backbone backbone) => span.forward(vectors);
}
