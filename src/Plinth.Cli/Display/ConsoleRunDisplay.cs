using System.Globalization;
using Plinth.Training.Observers;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>
/// Shows a run on the console: one line that moves where a person watches, and plain lines every few seconds where the output
/// goes to a file or a build log.
/// </summary>
public sealed class ConsoleRunDisplay : IRunObserver
{
    private const int BarSize = 20;

    /// <summary>Back to the line's start, and clear it.</summary>
    private const string ClearLine = "\r\u001b[2K";

    private static readonly TimeSpan LiveInterval = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole console;
    private readonly TimeProvider clock;
    private readonly TimeSpan plainInterval;
    private readonly bool isLive;
    private RunStart run = new("run", 0, 0, 0);
    private StepReport? last;
    private string best = "";
    private long? shownAt;

    /// <param name="console">Where to show it; standard output by default.</param>
    /// <param name="plainInterval">Least time between plain lines; 10 seconds by default.</param>
    /// <param name="clock">Measures that time.</param>
    public ConsoleRunDisplay(IAnsiConsole? console = null, TimeSpan? plainInterval = null, TimeProvider? clock = null)
    {
        this.console = console ?? AnsiConsole.Console;
        this.clock = clock ?? TimeProvider.System;
        this.plainInterval = plainInterval ?? TimeSpan.FromSeconds(10);
        isLive = this.console.Profile.Capabilities is { Interactive: true, Ansi: true } && this.console.Profile.Out.IsTerminal;
    }

    /// <inheritdoc />
    public void Started(RunStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        (run, last, best, shownAt) = (start, null, "", null);
        var from = start.FirstStep == 0 ? "" : $", going on from step {Count(start.FirstStep)}";
        Line($"{start.Name}: {Count(start.TotalSteps)} steps, {Short(start.ParameterCount)} trainable parameters{from}");
    }

    /// <inheritdoc />
    public void Stepped(StepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        last = report;
        if (shownAt is { } before && clock.GetElapsedTime(before) < (isLive ? LiveInterval : plainInterval))
        {
            return;
        }

        shownAt = clock.GetTimestamp();
        if (isLive)
        {
            ShowLive(report);
        }
        else
        {
            Line($"{run.Name} {Facts(report)}");
        }
    }

    /// <inheritdoc />
    public void Evaluated(EvaluationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var scores = report.Scores.Select(score => $"{score.Key} {Score(score.Value)}").ToList();
        if (report.IsBest && scores.Count > 0)
        {
            best = $"{scores[0]} at step {Count(report.Step)}";
        }

        Line($"{run.Name} evaluation at step {Count(report.Step)}: {string.Join("  ", scores)}{(report.IsBest ? "  (best so far)" : "")}");
    }

    /// <inheritdoc />
    public void Ended(RunEnd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        var outcome = end.Interrupted ? $"interrupted at step {Count(end.Step)} of {Count(run.TotalSteps)}" : $"finished {Count(end.Step)} steps";
        var loss = last is null ? "" : $", loss {Score(last.Loss)}";
        Line($"{run.Name} {outcome} in {Clock(end.Elapsed)}{loss}{(best.Length == 0 ? "" : $", best {best}")}");
    }

    private void ShowLive(StepReport report)
    {
        var done = report.TotalSteps > 0 ? Math.Clamp((double)report.Step / report.TotalSteps, 0, 1) : 0;
        var filled = (int)Math.Round(done * BarSize);
        var tail = $"  {Facts(report)}{(best.Length == 0 ? "" : $"  best {best}")}";
        // A line that wraps could not be cleared again.
        var room = Math.Max(0, console.Profile.Width - 1);
        var head = Cut(run.Name + " ", room);
        var bar = Cut(new string('━', filled) + new string('─', BarSize - filled), room - head.Length);
        console.Write(new ControlCode(ClearLine));
        console.Write(new Text(head));
        console.Write(new Text(bar, new Style(Color.Teal)));
        console.Write(new Text(Cut(tail, room - head.Length - bar.Length)));
    }

    /// <summary>A line that stays, in place of the moving one.</summary>
    private void Line(string text)
    {
        if (isLive)
        {
            console.Write(new ControlCode(ClearLine));
            console.WriteLine(text);
        }
        else
        {
            // Past the console's renderer, which would wrap what a log should keep on one line.
            console.Profile.Out.Writer.WriteLine(text);
            console.Profile.Out.Writer.Flush();
        }
    }

    private static string Facts(StepReport report) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count(report.Step)}/{Count(report.TotalSteps)}  loss {Score(report.Loss)}  {Short(report.TokensPerSecond)} tokens/s  rate {report.LearningRate:0.0e-0}  {Clock(report.Remaining)} left");

    private static string Cut(string text, int size) => text.Length <= size ? text : text[..Math.Max(0, size)];

    private static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Score(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Short(double value) => value switch
    {
        >= 1e9 => (value / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + "G",
        >= 1e6 => (value / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + "M",
        >= 1e3 => (value / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + "k",
        _ => value.ToString("0", CultureInfo.InvariantCulture),
    };

    private static string Clock(TimeSpan time) => string.Create(
        CultureInfo.InvariantCulture, $"{(time.TotalHours >= 1 ? $"{(long)time.TotalHours}:{time.Minutes:00}" : $"{time.Minutes}")}:{time.Seconds:00}");
}
