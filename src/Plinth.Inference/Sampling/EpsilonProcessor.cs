using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Keeps tokens of a least probability (Hewitt et al. 2022, arXiv:2210.15191).</summary>
/// <param name="cutoff">The least probability.</param>
/// <param name="keptCount">Tokens that are kept in any case.</param>
public sealed class EpsilonProcessor(double cutoff, int keptCount = 1) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores) => ForbidAllBut(scores, scores.softmax(-1) < cutoff, keptCount);
}
