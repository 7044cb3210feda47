using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>The tokens behind each row of scores, without padding, so that a row's result does not depend on its neighbours.</summary>
/// <param name="Rows">Prompt and new tokens of each row.</param>
/// <param name="PromptLengths">How many of a row's tokens are its prompt.</param>
public sealed record TokenHistory(IReadOnlyList<IReadOnlyList<int>> Rows, IReadOnlyList<int> PromptLengths)
{
    /// <summary>Whether nobody reads a row any more.</summary>
    public Func<int, bool> IsFinished { get; init; } = _ => false;

    /// <summary>Tokens of a row that are not its prompt.</summary>
    public int NewCount(int row) => Rows[row].Count - PromptLengths[row];
}

/// <summary>Changes the scores of the next token before one is chosen.</summary>
public abstract class LogitsProcessor
{
    /// <summary>Changes scores; the tensor that is given stays as it is.</summary>
    /// <param name="history">What stands before the next token.</param>
    /// <param name="scores">Logits or log-probabilities; <c>[batch, vocab]</c>.</param>
    /// <returns><c>[batch, vocab]</c>.</returns>
    public abstract Tensor Apply(TokenHistory history, Tensor scores);

    /// <summary>Forbids single tokens, each with its row.</summary>
    private protected static Tensor Forbid(Tensor scores, IReadOnlyCollection<(int Row, int Id)> banned)
    {
        if (banned.Count == 0)
        {
            return scores;
        }

        var vocabulary = scores.size(1);
        var places = tensor(banned.Select(one => (one.Row * vocabulary) + one.Id).Distinct().ToArray(), device: scores.device);
        return scores.reshape(-1).index_fill(0, places, float.NegativeInfinity).view(scores.shape);
    }

    /// <summary>Forbids what a mask marks, but never the best tokens.</summary>
    private protected static Tensor ForbidAllBut(Tensor scores, Tensor isRemoved, int keptCount)
    {
        var kept = scores.topk(Math.Min(keptCount, (int)scores.size(-1))).values.narrow(-1, Math.Min(keptCount, (int)scores.size(-1)) - 1, 1);
        return scores.masked_fill(isRemoved.logical_and(scores < kept), float.NegativeInfinity);
    }
}
