using Plinth.Training.Observers;

namespace Plinth.Training;

/// <summary>What a run came to.</summary>
/// <param name="Step">Steps finished, those of earlier sessions included.</param>
/// <param name="LastLoss">Mean training loss of the last report in nats per target, or null when there was none.</param>
/// <param name="BestScore">Best value of the evaluator's criterion, or null without evaluations.</param>
/// <param name="Interrupted">Whether the run was cancelled and can go on.</param>
/// <param name="History">Reports of this session.</param>
/// <param name="Evaluations">Evaluations of this session.</param>
/// <param name="Scores">Scores of the last evaluation, also of one in an earlier session; empty where there was none.</param>
public sealed record TrainingResult(
    long Step, double? LastLoss, double? BestScore, bool Interrupted,
    IReadOnlyList<StepReport> History, IReadOnlyList<EvaluationReport> Evaluations, IReadOnlyDictionary<string, double> Scores);
