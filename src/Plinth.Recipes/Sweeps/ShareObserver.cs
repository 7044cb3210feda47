using Plinth.Training.Observers;

namespace Plinth.Recipes.Sweeps;

/// <summary>Ends a run at its first evaluation from a share of its steps on, and remembers that evaluation.</summary>
/// <param name="share">The share, 0 to 1; 1 lets it run to its end.</param>
/// <param name="stop">What ends the run.</param>
internal sealed class ShareObserver(double share, CancellationTokenSource stop) : IRunObserver
{
    private long totalSteps = long.MaxValue;

    /// <summary>The last evaluation, or null.</summary>
    public EvaluationReport? Last { get; private set; }

    public void Started(RunStart start) => totalSteps = start.TotalSteps;

    public void Stepped(StepReport report)
    {
    }

    public void Evaluated(EvaluationReport report)
    {
        Last = report;
        if (report.Step < totalSteps && report.Step >= share * totalSteps)
        {
            stop.Cancel();
        }
    }

    public void Ended(RunEnd end)
    {
    }
}
