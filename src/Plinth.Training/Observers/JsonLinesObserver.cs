using Plinth.Core;

namespace Plinth.Training.Observers;

/// <summary>
/// Writes a run's log, one JSON object a line (JSON Lines), for <see cref="HistoryObserver.Load"/>, jq or a data frame.
/// A run from its first step begins the file anew; a resumed one goes on behind its first step, and what was logged after that is dropped.
/// Each line is handed to the system before the call returns, so a killed process loses none.
/// </summary>
public sealed class JsonLinesObserver : IRunObserver
{
    private readonly string path;
    private readonly TimeProvider clock;

    /// <param name="path">The file; its folder is made when it is missing.</param>
    /// <param name="clock">Where the lines' times come from; the system's clock by default.</param>
    public JsonLinesObserver(string path, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = Path.GetFullPath(path);
        this.clock = clock ?? TimeProvider.System;
    }

    /// <inheritdoc />
    /// <exception cref="BadInputException">A run is resumed whose log is not one.</exception>
    /// <exception cref="PlinthException">The log cannot be written.</exception>
    public void Started(RunStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        LogLines.Begin(path, start.FirstStep > 0 && File.Exists(path)
            ? RunLog.Read(path).Where(entry => RunLog.StepOf(entry.Report) <= start.FirstStep).Select(entry => entry.Line + "\n")
            : []);
        Append(start);
    }

    /// <inheritdoc />
    public void Stepped(StepReport report) => Append(report);

    /// <inheritdoc />
    public void Evaluated(EvaluationReport report) => Append(report);

    /// <inheritdoc />
    public void Controlled(ControlReport report) => Append(report);

    /// <inheritdoc />
    public void Ended(RunEnd end) => Append(end);

    private void Append(object report)
    {
        ArgumentNullException.ThrowIfNull(report);
        LogLines.Append(path, RunLog.Write(report, clock.GetUtcNow()) + "\n");
    }
}
