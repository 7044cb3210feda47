using System.Text.Json.Serialization;

namespace Plinth.Training.Observers;

/// <summary>What the trainer knows about one optimizer step, given to observers only when it is reported.</summary>
/// <param name="Step">Optimizer steps finished, from 1.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Loss">Mean training loss in nats per target since the last report.</param>
/// <param name="LearningRate">Rate used by this step.</param>
/// <param name="GradientNorm">Global norm before clipping.</param>
/// <param name="TokensPerSecond">Input elements (tokens, patches, frames) per second since the last report.</param>
/// <param name="TokensSeen">Input elements since the run began.</param>
/// <param name="Elapsed">Training time since the run began, without earlier sessions.</param>
/// <param name="Remaining">Estimated time to the last step.</param>
/// <param name="ResidentBytes">Resident memory of the process.</param>
/// <param name="SamplesPerSecond">Rows of the batches (texts, pictures) per second since the last report; 0 in logs that do not say it.</param>
public sealed record StepReport(
    long Step, long TotalSteps, double Loss, double LearningRate, double GradientNorm,
    double TokensPerSecond, long TokensSeen, TimeSpan Elapsed, TimeSpan Remaining, long ResidentBytes, double SamplesPerSecond = 0)
{
    /// <summary>Mean of each part of the loss per target since the last report, before its weight; null where there is but one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? Terms { get; init; }
}

/// <summary>Scores of one evaluation.</summary>
/// <param name="Step">Optimizer steps finished when it was made.</param>
/// <param name="Scores">Metric name to value, for example <c>loss</c>, <c>accuracy</c>.</param>
/// <param name="IsBest">Whether this is the best evaluation of the run so far.</param>
public sealed record EvaluationReport(long Step, IReadOnlyDictionary<string, double> Scores, bool IsBest)
{
    /// <summary>The score by which evaluations are compared; null in logs that do not say it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Criterion { get; init; }
}

/// <summary>How a run ended.</summary>
/// <param name="Step">Steps finished.</param>
/// <param name="Elapsed">Time of this session.</param>
/// <param name="Interrupted">True when it was cancelled and can be resumed.</param>
public sealed record RunEnd(long Step, TimeSpan Elapsed, bool Interrupted);

/// <summary>The start of a run, or of its continuation.</summary>
/// <param name="Name">Short name of the run, for titles.</param>
/// <param name="FirstStep">Steps already finished (0, or more when resumed).</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="ParameterCount">Trainable parameters.</param>
/// <param name="SampleName">What samples are called where people count these, for example <c>images</c>; null where they count tokens.</param>
public sealed record RunStart(string Name, long FirstStep, long TotalSteps, long ParameterCount, string? SampleName = null);

/// <summary>Watches a run and never steers it. Called on the training thread; must return quickly.</summary>
public interface IRunObserver
{
    /// <summary>Called once before the first step.</summary>
    void Started(RunStart start);

    /// <summary>Called every <c>ReportEvery</c> steps and at the last one.</summary>
    void Stepped(StepReport report);

    /// <summary>Called after each evaluation.</summary>
    void Evaluated(EvaluationReport report);

    /// <summary>Called once when the run ends or is interrupted.</summary>
    void Ended(RunEnd end);
}
