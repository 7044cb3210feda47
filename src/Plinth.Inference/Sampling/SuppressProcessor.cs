using static TorchSharp.torch;

namespace Plinth.Inference.Sampling;

/// <summary>Forbids tokens everywhere.</summary>
/// <param name="ids">The tokens.</param>
public sealed class SuppressProcessor(IReadOnlyList<int> ids) : LogitsProcessor
{
    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(history);
        return Forbid(scores, [.. Enumerable.Range(0, history.Rows.Count).SelectMany(row => ids.Select(id => (row, id)))]);
    }
}
