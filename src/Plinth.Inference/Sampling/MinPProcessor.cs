using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Keeps tokens at least a fraction as probable as the best one (Nguyen et al. 2024, arXiv:2407.01082).</summary>
/// <param name="fraction">The fraction, 0 to 1.</param>
/// <param name="keptCount">Tokens that are kept in any case.</param>
public sealed class MinPProcessor(double fraction, int keptCount = 1) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        var probabilities = scores.softmax(-1);
        return ForbidAllBut(scores, probabilities < probabilities.amax([-1], true) * fraction, keptCount);
    }
}
