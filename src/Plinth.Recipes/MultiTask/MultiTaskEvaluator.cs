using Plinth.Core;
using Plinth.Training;
using static TorchSharp.torch;

namespace Plinth.Recipes.MultiTask;

/// <summary>The scores of all tasks as <c>NAME_METRIC</c>; the mean of their main ones decides which state is best.</summary>
/// <param name="parts">The evaluator of each task by its name.</param>
internal sealed class MultiTaskEvaluator(IReadOnlyList<KeyValuePair<string, TaskEvaluator>> parts) : IEvaluator
{
    public string Criterion => "mean_score";

    public bool IsHigherBetter => true;

    public IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation = default)
    {
        SortedDictionary<string, double> scores = new(StringComparer.Ordinal);
        var sum = 0.0;
        foreach (var (name, part) in parts)
        {
            cancellation.ThrowIfCancellationRequested();
            var own = part.Evaluate();
            sum += own[part.Criterion];
            foreach (var (metric, value) in own)
            {
                scores[$"{name}_{metric}"] = value;
            }
        }

        scores[Criterion] = sum / parts.Count;
        return scores;
    }

    public IReadOnlyDictionary<string, double> Evaluate(Objective objective, Device device, CancellationToken cancellation) => Evaluate(cancellation);
}
