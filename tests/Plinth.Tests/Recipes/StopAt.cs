using Plinth.Training.Observers;

namespace Plinth.Tests.Recipes;

/// <summary>Interrupts a run after a step, as Ctrl-C does.</summary>
internal sealed class StopAt(long step, CancellationTokenSource stop) : IRunObserver
{
    public void Started(RunStart start) { }

    public void Stepped(StepReport report)
    {
        if (report.Step >= step)
        {
            stop.Cancel();
        }
    }

    public void Evaluated(EvaluationReport report) { }

    public void Ended(RunEnd end) { }
}
