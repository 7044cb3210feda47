using System.Globalization;
using Plinth.Recipes.Reports;
using Plinth.Training.Observers;

namespace Plinth.Recipes.Sweeps;

/// <summary>What the trials of a sweep came to.</summary>
public sealed class SweepResults
{
    private const int MostCurves = 10;

    private readonly string folder;

    internal SweepResults(IReadOnlyList<(SweepTrial Trial, TrialState State)> trials, string folder)
    {
        this.folder = folder;
        Trials = [.. trials.Select(entry => KeyValuePair.Create(entry.Trial, entry.State))];
    }

    /// <summary>Trials with where they stand, the best first: those that ran longest before those that were given up.</summary>
    public IReadOnlyList<KeyValuePair<SweepTrial, TrialState>> Trials { get; }

    /// <summary>The folder of the best trial's run.</summary>
    public string BestFolder => Path.Combine(folder, Trials[0].Key.Name);

    /// <summary>A row for each trial, the best first.</summary>
    public ReportTable Table()
    {
        string[] keys = [.. Trials[0].Key.Settings.Select(setting => setting[..setting.IndexOf('=', StringComparison.Ordinal)])];
        var criterion = Trials[0].Value.Criterion;
        var final = Trials[0].Value.Scores.ContainsKey(criterion);
        return new(
            "Trials, the best first",
            ["trial", .. keys, "step", $"{criterion.Replace('_', ' ')}, held out", .. final ? (string[])[$"{criterion.Replace('_', ' ')}, final"] : []],
            [.. Trials.Select((entry, i) => (IReadOnlyList<ReportCell>)
            [
                entry.Key.Name,
                .. entry.Key.Settings.Select(setting => new ReportCell(setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..])),
                entry.Value.Last.Step.ToString("N0", CultureInfo.InvariantCulture),
                new ReportCell(Number(entry.Value.Last.Score) ?? "diverged", i == 0),
                .. final ? (ReportCell[])[Number(entry.Value.Scores.TryGetValue(criterion, out var score) ? score : null) ?? "–"] : [],
            ])]);
    }

    /// <summary>The trials from the best to the worst of a round; what diverged comes last.</summary>
    /// <param name="trials">Trials that were part of it.</param>
    /// <param name="share">The round's share of the steps.</param>
    /// <param name="isHigherBetter">Whether a higher score is better: that of a task is, the loss of pre-training is not.</param>
    internal static List<(SweepTrial Trial, TrialState State)> Ranked(IEnumerable<(SweepTrial Trial, TrialState State)> trials, double share, bool isHigherBetter) =>
        [.. trials.OrderByDescending(entry => entry.State.At(share)?.Score is { } score ? isHigherBetter ? score : -score : double.NegativeInfinity)];

    /// <summary>Table and curves on one page.</summary>
    internal ReportModel Report()
    {
        var criterion = Trials[0].Value.Criterion;
        return ReportModel.Now("Sweep", [new("Results", [Table()]), new("Curves",
        [
            Chart($"{criterion.Replace('_', ' ')}, held out", history => history.Evaluations.Where(report => report.Scores.ContainsKey(criterion)).Select(report => new ChartPoint(report.Step, report.Scores[criterion]))),
            Chart("Training loss", history => history.Steps.Select(report => new ChartPoint(report.Step, report.Loss))),
        ])]);
    }

    private LineChart Chart(string title, Func<HistoryObserver, IEnumerable<ChartPoint>> points) => new(title, "step", title,
    [
        .. Trials.Take(MostCurves).Select(entry => (entry.Key.Name, Log: new RunFiles(Path.Combine(folder, entry.Key.Name)).Log)).Where(entry => File.Exists(entry.Log))
            .Select(entry => new ChartSeries(entry.Name, [.. points(HistoryObserver.Load(entry.Log))])),
    ]);

    private static string? Number(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture);
}
