using Microsoft.Extensions.Logging;

namespace Plinth.Training.Observers;

/// <summary>Writes a run's reports to a logger, for hosts that have their own.</summary>
public sealed partial class LoggingObserver : IRunObserver
{
    private readonly ILogger logger;
    private string? sampleName;

    /// <param name="logger">Gets one Information entry per report.</param>
    public LoggingObserver(ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(logger);
        this.logger = logger;
    }

    /// <inheritdoc />
    public void Started(RunStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        sampleName = start.SampleName;
        LogStart(start.Name, start.FirstStep, start.TotalSteps, start.ParameterCount);
    }

    /// <inheritdoc />
    public void Stepped(StepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        LogStep(report.Step, report.TotalSteps, report.Loss, report.LearningRate, report.GradientNorm, sampleName is null ? report.TokensPerSecond : report.SamplesPerSecond, sampleName ?? "tokens", report.Remaining);
    }

    /// <inheritdoc />
    public void Evaluated(EvaluationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var scores = string.Join(", ", report.Scores.Select(score => FormattableString.Invariant($"{score.Key} {score.Value:0.####}")));
        LogEvaluation(report.Step, scores, report.IsBest);
    }

    /// <inheritdoc />
    public void Controlled(ControlReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        LogControl(report.Request, report.Step);
    }

    /// <inheritdoc />
    public void Ended(RunEnd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        LogEnd(end.Interrupted ? "interrupted" : "finished", end.Step, end.Elapsed);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Name}: from step {FirstStep} to {TotalSteps}, {ParameterCount} trainable parameters")]
    private partial void LogStart(string name, long firstStep, long totalSteps, long parameterCount);

    [LoggerMessage(Level = LogLevel.Information, Message = "Step {Step}/{TotalSteps}: loss {Loss:0.0000}, rate {LearningRate:0.00e+0}, gradient norm {GradientNorm:0.000}, {Speed:0} {Unit}/s, {Remaining} left")]
    private partial void LogStep(long step, long totalSteps, double loss, double learningRate, double gradientNorm, double speed, string unit, TimeSpan remaining);

    [LoggerMessage(Level = LogLevel.Information, Message = "Evaluation at step {Step}: {Scores} (best: {IsBest})")]
    private partial void LogEvaluation(long step, string scores, bool isBest);

    [LoggerMessage(Level = LogLevel.Information, Message = "Followed the request {Request} at step {Step}")]
    private partial void LogControl(Control.RunRequest request, long step);

    [LoggerMessage(Level = LogLevel.Information, Message = "Run {Outcome} at step {Step} after {Elapsed}")]
    private partial void LogEnd(string outcome, long step, TimeSpan elapsed);
}
