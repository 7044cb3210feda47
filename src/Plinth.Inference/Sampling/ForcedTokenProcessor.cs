using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Allows one token alone at one place of a sequence.</summary>
/// <param name="id">The token.</param>
/// <param name="isPlace">Whether the next token of a row stands at the place.</param>
public sealed class ForcedTokenProcessor(int id, Func<TokenHistory, int, bool> isPlace) : LogitsProcessor
{
    /// <summary>Forces the token after a prompt of one token, as translators begin with a language.</summary>
    public static ForcedTokenProcessor AtBegin(int id) => new(id, (history, row) => history.Rows[row].Count == 1);

    /// <summary>Forces the token at the last place that the length allows.</summary>
    /// <param name="id">The token.</param>
    /// <param name="maxNewTokens">The most new tokens.</param>
    public static ForcedTokenProcessor AtEnd(int id, int maxNewTokens) => new(id, (history, row) => history.NewCount(row) == maxNewTokens - 1);

    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(history);
        var rows = Enumerable.Range(0, history.Rows.Count).Where(row => isPlace(history, row)).Select(row => (long)row).ToArray();
        if (rows.Length == 0)
        {
            return scores;
        }

        var places = tensor(rows, device: scores.device);
        var result = scores.index_fill(0, places, float.NegativeInfinity);
        result.select(1, id).index_fill_(0, places, 0f);
        return result;
    }
}
