using System.Globalization;
using Plinth.Core;

namespace Plinth.Training.Observers;

/// <summary>
/// Writes a run's numbers as a table (CSV, RFC 4180) for spreadsheets and data frames. The columns are always the same: a row <c>step</c> fills one
/// column for each number; what has names of its own is a row each with <c>name</c> and <c>value</c>: the parts of the loss (<c>term</c>), the
/// loss of sources and the targets that it is the mean over (<c>source</c>, <c>source_targets</c>), the gradients of blocks (<c>gradient_norm</c>) and scores (<c>evaluation</c>). It is kept as <see cref="JsonLinesObserver"/> keeps its log.
/// </summary>
public sealed class CsvObserver : IRunObserver
{
    private const string Header =
        "event,step,time,name,value,loss,learning_rate,gradient_norm,tokens_per_second,samples_per_second,tokens_seen,elapsed,remaining,resident_bytes,utilization,managed_bytes_per_step,data_wait_share";

    private const string LineEnd = "\r\n";

    private readonly string path;
    private readonly TimeProvider clock;

    /// <param name="path">The file; its folder is made when it is missing.</param>
    /// <param name="clock">Where the rows' times come from; the system's clock by default.</param>
    public CsvObserver(string path, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        this.path = Path.GetFullPath(path);
        this.clock = clock ?? TimeProvider.System;
    }

    /// <inheritdoc />
    /// <exception cref="BadInputException">A run is resumed whose table is not one.</exception>
    /// <exception cref="PlinthException">The table cannot be written.</exception>
    public void Started(RunStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        LogLines.Begin(path, (start.FirstStep > 0 && File.Exists(path) ? Kept(start.FirstStep) : [Header]).Select(line => line + LineEnd));
    }

    /// <inheritdoc />
    public void Stepped(StepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var numbers = new double?[]
        {
            report.Loss, report.LearningRate, report.GradientNorm, report.TokensPerSecond, report.SamplesPerSecond, report.TokensSeen, Math.Round(report.Elapsed.TotalSeconds, 3),
            Math.Round(report.Remaining.TotalSeconds, 3), report.ResidentBytes, report.Utilization, report.ManagedBytesPerStep, report.DataWaitShare,
        };
        Append(
        [
            Row("step", report.Step, "", numbers.Prepend(null)),
            .. Named("term", report.Step, report.Terms ?? new Dictionary<string, double>()),
            .. Named("source", report.Step, Sources(report, source => source.Loss)),
            .. Named("source_targets", report.Step, Sources(report, source => source.TargetCount)),
            .. Named("gradient_norm", report.Step, report.BlockGradientNorms ?? new Dictionary<string, double>()),
        ]);
    }

    /// <inheritdoc />
    public void Evaluated(EvaluationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        Append(Named("evaluation", report.Step, report.Scores));
    }

    /// <inheritdoc />
    public void Ended(RunEnd end)
    {
        // Every row is whole on its own: there is nothing to close.
    }

    private IEnumerable<string> Kept(long lastStep)
    {
        var number = 0;
        foreach (var line in LogLines.Read(path))
        {
            number++;
            if (number == 1)
            {
                yield return line == Header ? line : throw new BadInputException($"{path} has other columns than this version writes. Move it away to begin a new table.");
            }
            else if (StepOf(line, number) <= lastStep)
            {
                yield return line;
            }
        }
    }

    private long StepOf(string line, int number) =>
        line.Split(',', 3) is [_, var step, _] && long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var found) ? found
            : throw new BadInputException($"Line {number} of {path} is no row of a run. Delete the line, or the file to begin a new one.");

    private static Dictionary<string, double> Sources(StepReport report, Func<SourceLoss, double> value) =>
        report.Sources?.ToDictionary(source => source.Key, source => value(source.Value)) ?? [];

    private IEnumerable<string> Named(string kind, long step, IReadOnlyDictionary<string, double> values) =>
        values.Select(entry => Row(kind, step, entry.Key, [entry.Value, .. new double?[Header.Count(letter => letter == ',') - 4]]));

    private string Row(string kind, long step, string name, IEnumerable<double?> values) => string.Join(',',
        [kind, step.ToString(CultureInfo.InvariantCulture), clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), Quoted(name), .. values.Select(Number)]);

    private static string Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    // A line break inside of quotes is allowed, but then a line is no row; names come without.
    private static string Quoted(string name)
    {
        var line = string.Concat(name.Select(letter => char.IsControl(letter) ? ' ' : letter));
        return line.AsSpan().IndexOfAny(',', '"') < 0 ? line : $"\"{line.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private void Append(IEnumerable<string> rows) => LogLines.Append(path, string.Concat(rows.Select(row => row + LineEnd)));
}
