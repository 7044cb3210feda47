using Plinth.Core;

namespace Plinth.Training.Observers;

/// <summary>Keeps every report of a run in memory, for reports and tests.</summary>
public sealed class HistoryObserver : IRunObserver
{
    private readonly List<StepReport> steps = [];
    private readonly List<EvaluationReport> evaluations = [];
    private TimeSpan earlier;
    private int sessionStart;

    /// <summary>How the run, or its last continuation, started; null before.</summary>
    public RunStart? Start { get; private set; }

    /// <summary>Reports of steps, in order.</summary>
    public IReadOnlyList<StepReport> Steps => steps;

    /// <summary>Evaluations, in order.</summary>
    public IReadOnlyList<EvaluationReport> Evaluations => evaluations;

    /// <summary>The evaluation that was the best of the run; null before the first.</summary>
    public EvaluationReport? Best => evaluations.LastOrDefault(report => report.IsBest);

    /// <summary>Time of training up to the last report, all sessions together; what a killed session did in vain is not counted.</summary>
    public TimeSpan Elapsed => earlier + (steps.Count > sessionStart ? steps[^1].Elapsed : TimeSpan.Zero);

    /// <summary>How the run ended; null while it goes on.</summary>
    public RunEnd? End { get; private set; }

    /// <summary>Reads the log of a run that <see cref="JsonLinesObserver"/> wrote. A resumed run reads as if it had never stopped.</summary>
    /// <exception cref="BadInputException">There is no such log, or a line of it is not a report.</exception>
    public static HistoryObserver Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new BadInputException($"There is no run log at {path}. Give the path of a .jsonl file that a training run wrote.");
        }

        var history = new HistoryObserver();
        foreach (var (report, _) in RunLog.Read(path))
        {
            history.Add(report);
        }

        return history;
    }

    /// <inheritdoc />
    public void Started(RunStart start) => Add(start);

    /// <inheritdoc />
    public void Stepped(StepReport report) => Add(report);

    /// <inheritdoc />
    public void Evaluated(EvaluationReport report) => Add(report);

    /// <inheritdoc />
    public void Ended(RunEnd end) => Add(end);

    private void Add(object report)
    {
        ArgumentNullException.ThrowIfNull(report);
        switch (report)
        {
            case RunStart start:
                Start = start;
                End = null;
                steps.RemoveAll(step => step.Step > start.FirstStep);
                earlier = start.FirstStep == 0 ? TimeSpan.Zero : Elapsed;
                sessionStart = steps.Count;
                evaluations.RemoveAll(evaluation => evaluation.Step > start.FirstStep);
                break;
            case StepReport step:
                steps.Add(step);
                break;
            case EvaluationReport evaluation:
                evaluations.Add(evaluation);
                break;
            case RunEnd end:
                End = end;
                break;
        }
    }
}
