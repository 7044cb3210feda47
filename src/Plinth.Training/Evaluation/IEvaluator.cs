using Plinth.Core;
using Plinth.Training.Observers;
using static TorchSharp.torch;

namespace Plinth.Training;

/// <summary>Scores a model while it is trained.</summary>
public interface IEvaluator
{
    /// <summary>The score by which evaluations are compared, for example <c>loss</c>.</summary>
    string Criterion { get; }

    /// <summary>Whether a larger criterion is better.</summary>
    bool IsHigherBetter { get; }

    /// <summary>Computes all scores. Called in evaluation mode, without gradients, in a dispose scope of its own.</summary>
    /// <param name="objective">What is trained.</param>
    /// <param name="device">Where it stands.</param>
    /// <param name="cancellation">Ends the evaluation early.</param>
    /// <returns>Score name to value; the <see cref="Criterion"/> is among them.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    IReadOnlyDictionary<string, double> Evaluate(Objective objective, Device device, CancellationToken cancellation);

    /// <summary>A few answers of the last evaluation, to be looked at; null where there are none.</summary>
    IReadOnlyList<EvaluationSample>? Samples => null;
}

/// <summary>Keeps the best state of a model, for example as a checkpoint. The trainer itself knows no checkpoints.</summary>
public interface IBestKeeper
{
    /// <summary>Called after each evaluation that beats all before, with the weights in float32 for the time of the call.</summary>
    void Keep(Objective objective, EvaluationReport report);
}
