using Plinth.Core;
using Plinth.Training;
using Plinth.Training.Observers;
using static TorchSharp.torch;

namespace Plinth.Recipes;

/// <summary>Scores of two evaluators as one; the first decides which state is best.</summary>
/// <param name="first">Gives the criterion.</param>
/// <param name="second">Adds its scores; where both have one of a name, the first's stays.</param>
internal sealed class JoinedEvaluator(IEvaluator first, IEvaluator second) : IEvaluator
{
    public string Criterion => first.Criterion;

    public bool IsHigherBetter => first.IsHigherBetter;

    public IReadOnlyList<EvaluationSample>? Samples => first.Samples ?? second.Samples;

    public IReadOnlyDictionary<string, double> Evaluate(Objective objective, Device device, CancellationToken cancellation)
    {
        var scores = new Dictionary<string, double>(first.Evaluate(objective, device, cancellation), StringComparer.Ordinal);
        foreach (var (name, value) in second.Evaluate(objective, device, cancellation))
        {
            scores.TryAdd(name, value);
        }

        return scores;
    }
}
