using System.Globalization;
using Plinth.Data.Text.Batching;
using Plinth.Training.Control;
using Plinth.Training.Observers;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>Shows a run on the console.</summary>
public sealed class ConsoleRunDisplay : IRunObserver, IProgress<EncodeProgress>
{
    private readonly LiveLine line;
    private RunStart run = new("run", 0, 0, 0);
    private StepReport? last;
    private string best = "";

    /// <param name="console">Where to show it; standard output by default.</param>
    /// <param name="plainInterval">Least time between plain lines; 10 seconds by default.</param>
    /// <param name="clock">Measures that time.</param>
    public ConsoleRunDisplay(IAnsiConsole? console = null, TimeSpan? plainInterval = null, TimeProvider? clock = null) =>
        line = new(console ?? OutputConsole.Create(), plainInterval, clock);

    /// <summary>Shows how far the text of a run is encoded; how much is still to come is not known.</summary>
    public void Report(EncodeProgress value) => line.Show("encoding text", 0, $"{LiveLine.Count(value.Documents)} documents, {LiveLine.Short(value.Tokens)} tokens");

    /// <inheritdoc />
    public void Started(RunStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        (run, last, best) = (start, null, "");
        line.Restart();
        var from = start.FirstStep == 0 ? "" : $", going on from step {LiveLine.Count(start.FirstStep)}";
        line.Line($"{start.Name}: {LiveLine.Count(start.TotalSteps)} steps, {LiveLine.Short(start.ParameterCount)} trainable parameters{from}");
    }

    /// <inheritdoc />
    public void Stepped(StepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        last = report;
        line.Show(run.Name, report.TotalSteps > 0 ? (double)report.Step / report.TotalSteps : 0, Facts(report), best.Length == 0 ? "" : $"  best {best}");
    }

    /// <inheritdoc />
    public void Evaluated(EvaluationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var scores = report.Scores.Select(score => $"{score.Key} {Score(score.Value)}").ToList();
        if (report.IsBest && scores.Count > 0)
        {
            best = $"{scores[0]} at step {LiveLine.Count(report.Step)}";
        }

        line.Line($"{run.Name} evaluation at step {LiveLine.Count(report.Step)}: {string.Join("  ", scores)}{(report.IsBest ? "  (best so far)" : "")}");
    }

    /// <inheritdoc />
    public void Controlled(ControlReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var what = report.Request switch
        {
            RunRequest.Pause => "paused",
            RunRequest.Continue => "goes on",
            RunRequest.Snapshot => "wrote a snapshot",
            _ => "stops",
        };
        line.Line($"{run.Name} {what} at step {LiveLine.Count(report.Step)}, as asked");
    }

    /// <inheritdoc />
    public void Ended(RunEnd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        var outcome = end.Interrupted ? $"interrupted at step {LiveLine.Count(end.Step)} of {LiveLine.Count(run.TotalSteps)}" : $"finished {LiveLine.Count(end.Step)} steps";
        var loss = last is null ? "" : $", loss {Score(last.Loss)}";
        line.Line($"{run.Name} {outcome} in {LiveLine.Clock(end.Elapsed)}{loss}{(best.Length == 0 ? "" : $", best {best}")}");
    }

    private string Facts(StepReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{LiveLine.Count(report.Step)}/{LiveLine.Count(report.TotalSteps)}  loss {Score(report.Loss)}  {LiveLine.Short(run.SampleName is null ? report.TokensPerSecond : report.SamplesPerSecond)} {run.SampleName ?? "tokens"}/s{Use(report)}  {report.ResidentBytes / 1e9:0.0} GB  rate {report.LearningRate:0.0e-0}  {LiveLine.Clock(report.Remaining)} left");

    // Of the most that the machine was measured to do.
    private static string Use(StepReport report) => report.Utilization is { } share ? string.Create(CultureInfo.InvariantCulture, $" ({share * 100:0} % of peak)") : "";

    private static string Score(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
