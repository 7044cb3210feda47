using System.Text.Json.Serialization;
using Plinth.Training.Control;

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

    /// <summary>The loss of each source of a mixture since the last report, by name; null where nothing is mixed, or the loss cannot be told apart.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, SourceLoss>? Sources { get; init; }

    /// <summary>In how many pieces each batch is computed because it does not fit the memory; null where it does.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Pieces { get; init; }

    /// <summary>Norm of the gradients of each block of the model before clipping, by the name that its weights share; null in logs that do not say it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? BlockGradientNorms { get; init; }

    /// <summary>What the model's arithmetic is of the most that the machine was measured to do since the last report, 0 to 1 (<see cref="ComputeCost"/>); null where one of the two is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Utilization { get; init; }

    /// <summary>Bytes of the managed heap that were allocated per step since the last report, of all threads; null in logs that do not say it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ManagedBytesPerStep { get; init; }

    /// <summary>Share of the time since the last report in which the step waited for its batches to be made, 0 to 1; null in logs that do not say it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? DataWaitShare { get; init; }
}

/// <summary>The loss of one source of a mixture. Losses times targets, over all sources, are the loss of all.</summary>
/// <param name="Loss">Mean in nats per target.</param>
/// <param name="TargetCount">Targets that it is the mean over.</param>
public sealed record SourceLoss(double Loss, long TargetCount);

/// <summary>Something that the model was given at an evaluation, and what it made of it, to be looked at.</summary>
/// <param name="Given">A text, or the name of a picture.</param>
/// <param name="Answer">The model's answer, in lines for people.</param>
public sealed record EvaluationSample(string Given, string Answer)
{
    /// <summary>The right answer; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Expected { get; init; }

    /// <summary>A small picture of what was given, JPEG in Base64; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Picture { get; init; }
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

    /// <summary>A few things that the model was given, to be looked at; null where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EvaluationSample>? Samples { get; init; }
}

/// <summary>A request that a run followed.</summary>
/// <param name="Step">Steps finished then.</param>
/// <param name="Request">What was asked.</param>
public sealed record ControlReport(long Step, RunRequest Request);

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
public sealed record RunStart(string Name, long FirstStep, long TotalSteps, long ParameterCount, string? SampleName = null)
{
    /// <summary>What <see cref="StepReport.Utilization"/> is measured by; null where it is not known.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ComputeCost? Cost { get; init; }
}

/// <summary>Watches a run and never steers it. Called on the training thread; must return quickly.</summary>
public interface IRunObserver
{
    /// <summary>Called once before the first step.</summary>
    void Started(RunStart start);

    /// <summary>Called every <c>ReportEvery</c> steps and at the last one.</summary>
    void Stepped(StepReport report);

    /// <summary>Called after each evaluation.</summary>
    void Evaluated(EvaluationReport report);

    /// <summary>Called when the run has followed a request from outside, such as a pause. Most need not know.</summary>
    void Controlled(ControlReport report)
    {
    }

    /// <summary>Called once when the run ends or is interrupted.</summary>
    void Ended(RunEnd end);
}
