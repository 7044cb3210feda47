using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Keeps tokens of a least probability that falls with the entropy (Hewitt et al. 2022, arXiv:2210.15191).</summary>
/// <param name="cutoff">The least probability where the distribution is sharp.</param>
/// <param name="keptCount">Tokens that are kept in any case.</param>
public sealed class EtaProcessor(double cutoff, int keptCount = 1) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        var logProbabilities = nn.functional.log_softmax(scores, -1);
        var probabilities = logProbabilities.exp();
        var negativeEntropy = (logProbabilities * probabilities).nan_to_num(0.0).sum(-1, keepdim: true); // [batch, 1]
        var eta = (negativeEntropy.exp() * Math.Sqrt(cutoff)).clamp_max(cutoff);
        return ForbidAllBut(scores, probabilities < eta, keptCount);
    }
}
