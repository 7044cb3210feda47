using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Keeps the tokens whose surprise is nearest to the expected one (Meister et al. 2022, arXiv:2202.00666).</summary>
/// <param name="mass">The probability that they reach together.</param>
/// <param name="keptCount">Tokens that are kept in any case.</param>
public sealed class TypicalProcessor(double mass, int keptCount = 1) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        var logProbabilities = nn.functional.log_softmax(scores, -1);
        var probabilities = logProbabilities.exp();
        // A forbidden token gives 0 * -infinity, which counts as nothing.
        var entropy = (logProbabilities * probabilities).nan_to_num(0.0).sum(-1, keepdim: true).neg(); // [batch, 1]
        var (distances, order) = (logProbabilities.neg() - entropy).abs().sort(-1, descending: false);
        var reached = scores.gather(1, order).softmax(-1).cumsum(-1);
        var last = (reached < mass).sum(1, keepdim: true).clamp_max(scores.size(-1) - 1);          // [batch, 1]
        var isRemoved = distances > distances.gather(1, last);
        isRemoved.narrow(-1, 0, Math.Min(keptCount, scores.size(-1))).fill_(false);
        return scores.masked_fill(isRemoved.scatter(1, order, isRemoved), float.NegativeInfinity);
    }
}
