using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Divides the logits.</summary>
/// <param name="value">Below 1 sharpens, above 1 flattens.</param>
public sealed class Temperature(double value) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores) => scores / value;
}

/// <summary>Keeps the most probable tokens.</summary>
/// <param name="count">How many.</param>
public sealed class TopK(int count) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var kept = (int)Math.Min(count, scores.size(-1));
        var least = scores.topk(kept).values.narrow(-1, kept - 1, 1);
        return scores.masked_fill(scores < least, Impossible);
    }
}

/// <summary>Keeps the fewest tokens whose probabilities reach a sum (Holtzman et al. 2019, arXiv:1904.09751).</summary>
/// <param name="probability">The sum.</param>
/// <param name="minimumKept">Tokens that stay in any case.</param>
public sealed class TopP(double probability, int minimumKept = 1) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var (sorted, order) = scores.sort(-1, descending: false);
        var remove = sorted.softmax(-1).cumsum(-1).le(1 - probability);
        remove.narrow(-1, remove.size(-1) - minimumKept, minimumKept).fill_(false);
        return scores.masked_fill(remove.scatter(-1, order, remove), Impossible);
    }
}

/// <summary>Leaves out tokens below a share of the best one's probability (Nguyen et al. 2024, arXiv:2407.01082).</summary>
/// <param name="share">The share.</param>
public sealed class MinP(double share) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var probabilities = scores.softmax(-1);
        return scores.masked_fill(probabilities < (probabilities.amax([-1L], keepdim: true) * share), Impossible);
    }
}

/// <summary>Keeps tokens whose surprise is nearest to the expected one (Meister et al. 2022, arXiv:2202.00666).</summary>
/// <param name="mass">Probability that the kept ones reach.</param>
public sealed class TypicalP(double mass) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var logs = nn.functional.log_softmax(scores, -1);
        var entropy = -(logs * logs.exp()).nan_to_num(0).sum(-1, keepdim: true);
        var (distance, order) = (-logs - entropy).abs().sort(-1, descending: false);
        var last = scores.gather(-1, order).softmax(-1).cumsum(-1).lt(mass).sum(-1, keepdim: true).clamp_max(scores.size(-1) - 1);
        var remove = distance > distance.gather(-1, last);
        remove.narrow(-1, 0, 1).fill_(false);
        return scores.masked_fill(remove.scatter(-1, order, remove), Impossible);
    }
}

/// <summary>Leaves out tokens below a probability (Hewitt et al. 2022, arXiv:2210.15191).</summary>
/// <param name="epsilon">The probability.</param>
public sealed class EpsilonCutoff(double epsilon) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return scores.masked_fill(scores.softmax(-1).lt(epsilon).logical_and(scores < scores.amax([-1L], keepdim: true)), Impossible);
    }
}

/// <summary>Leaves out tokens below a probability that sinks where the model is unsure (Hewitt et al. 2022, arXiv:2210.15191).</summary>
/// <param name="epsilon">The probability where it is sure.</param>
public sealed class EtaCutoff(double epsilon) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var logs = nn.functional.log_softmax(scores, -1);
        var probabilities = logs.exp();
        var entropy = -(probabilities * logs).nan_to_num(0).sum(-1, keepdim: true);
        var eta = ((-entropy).exp() * Math.Sqrt(epsilon)).clamp_max(epsilon);
        return scores.masked_fill((probabilities < eta).logical_and(scores < scores.amax([-1L], keepdim: true)), Impossible);
    }
}

/// <summary>Turns logits into log-probabilities.</summary>
public sealed class Normalization : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Process(IReadOnlyList<IReadOnlyList<int>> tokens, Tensor scores) => nn.functional.log_softmax(scores, -1);
}
