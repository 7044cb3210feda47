using System.Globalization;
using Plinth.Core;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Records;
using Plinth.Training.Observers;

namespace Plinth.Recipes.Reports;

/// <summary>Runs side by side: what came out, what their recipes say differently, and their curves.</summary>
public sealed class RunComparison
{
    private const int MostMetrics = 6;

    private readonly IReadOnlyList<ComparedRun> runs;

    private RunComparison(IReadOnlyList<ComparedRun> runs) => this.runs = runs;

    /// <summary>Reads runs from their folders; one that is still going on is read as far as it has come.</summary>
    /// <param name="folders">At least two.</param>
    /// <exception cref="BadInputException">There are fewer, or one is no folder of a run, or a file in it is malformed.</exception>
    public static RunComparison Load(IReadOnlyList<string> folders)
    {
        ArgumentNullException.ThrowIfNull(folders);
        if (folders.Count < 2)
        {
            throw new BadInputException("Runs are compared with one another. Name the folders of at least two.");
        }

        var names = folders.Select(folder => Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))).ToList();
        var areUnique = names.Distinct(StringComparer.Ordinal).Count() == names.Count;
        return new([.. folders.Select((folder, i) => Read(folder, areUnique ? names[i] : folder))]);
    }

    /// <summary>What came out: a row for each fact, a column for each run.</summary>
    public ReportTable Results()
    {
        var scores = runs.SelectMany(run => run.Scores.Keys).Distinct(StringComparer.Ordinal);
        return new(
            "What came out",
            ["", .. runs.Select(run => run.Name)],
            [
                Row("steps", run => run.Last is { } last ? $"{last.Step:#,0} of {last.TotalSteps:#,0}{(run.History.End is null or { Interrupted: true } ? ", not at its end" : "")}" : null),
                Row("trainable parameters", run => run.History.Start?.ParameterCount.ToString("#,0", CultureInfo.InvariantCulture)),
                Row("elements seen", run => run.Last?.TokensSeen.ToString("#,0", CultureInfo.InvariantCulture)),
                Row("elements a second", run => Middle(run.History.Steps.Select(step => step.TokensPerSecond))?.ToString("#,0", CultureInfo.InvariantCulture)),
                Row("largest memory, MB", run => run.History.Steps is { Count: > 0 } steps ? (steps.Max(step => step.ResidentBytes) >> 20).ToString("#,0", CultureInfo.InvariantCulture) : null),
                Row("training loss", run => Number(run.Last?.Loss)),
                Row("best evaluation at step", run => run.History.Best?.Step.ToString("#,0", CultureInfo.InvariantCulture)),
                .. scores.Select(name => Row(name.Replace('_', ' '), run => run.Scores.TryGetValue(name, out var value) ? Number(value) : null)),
            ]);
    }

    /// <summary>The keys of the recipes whose values differ; null where none do.</summary>
    public ReportTable? Differences()
    {
        var keys = runs.SelectMany(run => run.Settings.Keys).Distinct(StringComparer.Ordinal)
            .Where(key => runs.Select(run => run.Settings.GetValueOrDefault(key)).Distinct(StringComparer.Ordinal).Count() > 1).ToList();
        return keys.Count == 0 ? null : new("What their recipes say differently", ["", .. runs.Select(run => run.Name)], [.. keys.Select(key => Row(key, run => run.Settings.GetValueOrDefault(key)))]);
    }

    /// <summary>All of it on one page, with the curves.</summary>
    public ReportModel Report()
    {
        var metrics = runs.SelectMany(run => run.History.Evaluations).SelectMany(evaluation => evaluation.Scores.Keys).Distinct(StringComparer.Ordinal).Take(MostMetrics);
        return ReportModel.Now(
            string.Join(" and ", runs.Select(run => run.Name)),
            [
                new("Results", [Results()]),
                .. Differences() is { } differences ? (ReportSection[])[new("Recipes", [differences])] : [],
                new("Curves",
                [
                    Chart("Training loss", "loss", history => history.Steps.Select(step => new ChartPoint(step.Step, step.Loss))),
                    .. metrics.Select(name => Chart(
                        $"{name.Replace('_', ' ')}, held out", name.Replace('_', ' '),
                        history => history.Evaluations.Where(evaluation => evaluation.Scores.ContainsKey(name)).Select(evaluation => new ChartPoint(evaluation.Step, evaluation.Scores[name])))),
                    Chart("Learning rate", "rate", history => history.Steps.Select(step => new ChartPoint(step.Step, step.LearningRate))),
                    Chart("Length of the gradient, before it is cut", "norm", history => history.Steps.Select(step => new ChartPoint(step.Step, step.GradientNorm))),
                ]),
            ]);
    }

    private static ComparedRun Read(string folder, string name)
    {
        var files = new RunFiles(folder);
        if (!File.Exists(files.Log))
        {
            throw new BadInputException($"'{folder}' is no folder of a run: there is no {Path.GetFileName(files.Log)} in it. Name a folder such as runs/NAME.");
        }

        return new(name, HistoryObserver.Load(files.Log), ScoresOf(files), File.Exists(files.Recipe) ? RecipeReader.Settings(files.Recipe) : new Dictionary<string, string>());
    }

    private static Dictionary<string, double> ScoresOf(RunFiles files) =>
        File.Exists(files.Scores) ? RecordedFiles.Scores(files.Scores).Where(score => score.Value is not null).ToDictionary(score => score.Key, score => score.Value!.Value, StringComparer.Ordinal) : [];

    private IReadOnlyList<ReportCell> Row(string name, Func<ComparedRun, string?> value) => [name, .. runs.Select(run => new ReportCell(value(run) ?? "–"))];

    private LineChart Chart(string title, string label, Func<HistoryObserver, IEnumerable<ChartPoint>> points) =>
        new(title, "step", label, [.. runs.Select(run => new ChartSeries(run.Name, [.. points(run.History)]))]);

    private static string? Number(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture);

    private static double? Middle(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : sorted[sorted.Length / 2];
    }

    private sealed record ComparedRun(string Name, HistoryObserver History, IReadOnlyDictionary<string, double> Scores, IReadOnlyDictionary<string, string> Settings)
    {
        public StepReport? Last => History.Steps is [.., var last] ? last : null;
    }
}
