using Plinth.Core;
using Plinth.Recipes.Watching;
using Plinth.Training;
using Plinth.Training.Observers;
using static TorchSharp.torch;

namespace Plinth.Recipes;

/// <summary>Scores a task's answers on samples that are not trained on.</summary>
/// <param name="task">The task; it may be wrapped by the objective that is trained.</param>
/// <param name="samples">At least one.</param>
public sealed class TaskEvaluator(ModelTask task, IReadOnlyList<Sample> samples) : IEvaluator
{
    private string criterion = "score";

    /// <summary>The task's main metric under this name.</summary>
    public string Criterion => criterion;

    /// <inheritdoc />
    public bool IsHigherBetter => true;

    /// <summary>The samples.</summary>
    public IReadOnlyList<Sample> Samples => samples;

    /// <inheritdoc />
    IReadOnlyList<EvaluationSample>? IEvaluator.Samples => Answers.Count == 0 ? null : ShownAnswers.Of(task, samples, Answers);

    /// <summary>The answers of the last evaluation; none before it.</summary>
    public IReadOnlyList<Answer> Answers { get; private set; } = [];

    /// <summary>Answers and scores.</summary>
    public IReadOnlyDictionary<string, double> Evaluate()
    {
        Answers = task.Answer(samples);
        var scores = task.Score(samples, Answers);
        criterion = scores[0].Key;
        return scores.ToDictionary(score => score.Key, score => score.Value, StringComparer.Ordinal);
    }

    /// <inheritdoc />
    public IReadOnlyDictionary<string, double> Evaluate(Objective objective, Device device, CancellationToken cancellation) => Evaluate();
}
