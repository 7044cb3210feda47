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
    public static void Write(RunFiles files, string name, IReadOnlyDictionary<string, double> scores, IReadOnlyList<ReportSection> sections)
    {
        var history = HistoryObserver.Load(files.Log);
        HtmlReport.Write(files.Report, ReportModel.Now(name,
        [
            new("Scores", [new ReportTable("Final scores", ["metric", "value"], [.. scores.Select(score => (IReadOnlyList<ReportCell>)[score.Key.Replace('_', ' '), score.Value.ToString("0.0000", CultureInfo.InvariantCulture)])])]),
            new("Training", [Losses(history, "Loss", "loss"), .. Course(history)]),
            .. sections,
        ]));
    }

    /// <summary>The losses of a run.</summary>
    public static LineChart Losses(RunFiles run, string title, string label) => Losses(HistoryObserver.Load(run.Log), title, label);

    private static LineChart Losses(HistoryObserver history, string title, string label) => new(title, "step", label,
    [
        new("training", [.. history.Steps.Select(step => new ChartPoint(step.Step, step.Loss))]),
        new("held out", Points(history, "loss")),
    ]);

    // What the best state is chosen by, where that is no loss.
    private static LineChart[] Course(HistoryObserver history) => history.Evaluations is [var first, ..] && first.Scores.Keys.FirstOrDefault() is { } main && main != "loss"
        ? [new(main.Replace('_', ' '), "step", main.Replace('_', ' '), [new("held out", Points(history, main))])] : [];

    private static IReadOnlyList<ChartPoint> Points(HistoryObserver history, string metric) =>
        [.. history.Evaluations.Where(evaluation => evaluation.Scores.ContainsKey(metric)).Select(evaluation => new ChartPoint(evaluation.Step, evaluation.Scores[metric]))];
}
