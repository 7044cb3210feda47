using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Keeps the fewest tokens that together have a probability (Holtzman et al. 2019, arXiv:1904.09751).</summary>
/// <param name="probability">The probability to reach.</param>
/// <param name="keptCount">Tokens that are kept in any case.</param>
public sealed class TopPProcessor(double probability, int keptCount = 1) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        var vocabulary = scores.size(-1);
        var (sorted, order) = scores.sort(-1, descending: false);
        var isRemoved = sorted.softmax(-1).cumsum(-1) <= 1 - probability;
        isRemoved.narrow(-1, vocabulary - Math.Min(keptCount, vocabulary), Math.Min(keptCount, vocabulary)).fill_(false);
        return scores.masked_fill(isRemoved.scatter(1, order, isRemoved), float.NegativeInfinity);
    }
}
