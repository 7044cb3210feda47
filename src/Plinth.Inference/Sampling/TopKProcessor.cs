using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Keeps the best tokens (Fan et al. 2018, arXiv:1805.04833).</summary>
/// <param name="count">How many.</param>
/// <param name="keptCount">Tokens that are kept in any case.</param>
public sealed class TopKProcessor(int count, int keptCount = 1) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        var kept = (int)Math.Min(Math.Max(count, keptCount), scores.size(-1));
        var last = scores.topk(kept).values.narrow(-1, kept - 1, 1);                            // [batch, 1]
        return scores.masked_fill(scores < last, float.NegativeInfinity);
    }
}
