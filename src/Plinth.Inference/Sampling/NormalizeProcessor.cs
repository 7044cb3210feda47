using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Makes the scores log-probabilities.</summary>
public sealed class NormalizeProcessor : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores) => nn.functional.log_softmax(scores, -1);
}
