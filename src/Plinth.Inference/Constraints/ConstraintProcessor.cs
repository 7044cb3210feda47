using Plinth.Core;
using Plinth.Inference.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Inference.Constraints;

/// <summary>Forbids what a constraint does not allow, each row under its own progress.</summary>
/// <param name="constraint">The rule.</param>
/// <param name="rowCount">How many outputs grow.</param>
/// <param name="endIds">Ids that end an output; they are allowed where it is whole.</param>
/// <param name="maxNewTokens">The most tokens of an output.</param>
internal sealed class ConstraintProcessor(TokenConstraint constraint, int rowCount, IReadOnlyList<int> endIds, int maxNewTokens) : LogitsProcessor
{
    private readonly ConstraintProgress[] rows = [.. Enumerable.Range(0, rowCount).Select(_ => constraint.Begin())];

    /// <summary>Takes a row's token.</summary>
    public ConstraintProgress Append(int row, int id)
    {
        rows[row].Append(id);
        return rows[row];
    }

    /// <inheritdoc />
    public override Tensor Apply(TokenHistory history, Tensor scores)
    {
        ArgumentNullException.ThrowIfNull(history);
        var vocabulary = (int)scores.size(1);
        var allowed = new bool[rows.Length * vocabulary];
        for (var row = 0; row < rows.Length; row++)
        {
            var own = allowed.AsSpan(row * vocabulary, vocabulary);
            if (history.IsFinished(row))
            {
                own.Fill(true);
                continue;
            }

            rows[row].Allow(own, maxNewTokens - history.NewCount(row));
            foreach (var id in endIds)
            {
                own[id] = rows[row].IsComplete;
            }

            if (!own.Contains(true))
            {
                throw new PlinthException($"No token of the model's {vocabulary} may follow under the constraint. Use the tokenizer that belongs to the model.");
            }
        }

        var isForbidden = tensor(allowed, device: scores.device).view(scores.shape).logical_not();
        // Where another rule forbade all that is allowed here, this one has precedence.
        var isStuck = scores.masked_fill(isForbidden, float.NegativeInfinity).isneginf().all(1, keepdim: true);
        return scores.masked_fill(isStuck, 0f).masked_fill(isForbidden, float.NegativeInfinity);
    }
}
