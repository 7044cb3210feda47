using System.Globalization;
using Plinth.Core;
using Plinth.Training.Observers;

namespace Plinth.Recipes.Reports;

/// <summary>The page of a run: its scores, how they came about, and what else there is to see.</summary>
internal static class RunReport
{
    /// <summary>Writes the page.</summary>
    /// <param name="files">The run's folder, with its log.</param>
    /// <param name="name">The run's name.</param>
    /// <param name="scores">Its final scores.</param>
    /// <param name="sections">What follows.</param>
    /// <exception cref="PlinthException">The file cannot be written.</exception>
    public static void Write(RunFiles files, string name, IReadOnlyDictionary<string, double> scores, IReadOnlyList<ReportSection> sections) => HtmlReport.Write(files.Report, new(
        name,
        DateTime.Now.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
        [
            new("Scores", [new ReportTable("Final scores", ["metric", "value"], [.. scores.Select(score => (IReadOnlyList<ReportCell>)[score.Key.Replace('_', ' '), score.Value.ToString("0.0000", CultureInfo.InvariantCulture)])])]),
            new("Training", [Losses(files, "Loss", "loss"), .. Course(files)]),
            .. sections,
        ]));

    /// <summary>The losses of a run.</summary>
    public static LineChart Losses(RunFiles run, string title, string label)
    {
        var history = HistoryObserver.Load(run.Log);
        return new(title, "step", label,
        [
            new("training", [.. history.Steps.Select(step => new ChartPoint(step.Step, step.Loss))]),
            new("held out", Points(history, "loss")),
        ]);
    }

    // What the best state is chosen by, where that is no loss.
    private static LineChart[] Course(RunFiles files)
    {
        var history = HistoryObserver.Load(files.Log);
        return history.Evaluations is [var first, ..] && first.Scores.Keys.FirstOrDefault() is { } main && main != "loss"
            ? [new(main.Replace('_', ' '), "step", main.Replace('_', ' '), [new("held out", Points(history, main))])] : [];
    }

    private static IReadOnlyList<ChartPoint> Points(HistoryObserver history, string metric) =>
        [.. history.Evaluations.Where(evaluation => evaluation.Scores.ContainsKey(metric)).Select(evaluation => new ChartPoint(evaluation.Step, evaluation.Scores[metric]))];
}
