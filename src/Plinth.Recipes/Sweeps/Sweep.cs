using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Reports;
using Plinth.Training;
using Plinth.Training.Observers;

namespace Plinth.Recipes.Sweeps;

/// <summary>
/// Tries values of a recipe's keys, each combination as an ordinary run in a folder of its own: all of them, or some at random (Bergstra and Bengio 2012,
/// "Random Search for Hyper-Parameter Optimization"). With halving the worse half is given up in each round, and the others go on from where they stopped
/// (Jamieson and Talwalkar 2016, arXiv:1502.07943). Trials are compared by what the run evaluates on held-out data. A sweep that was ended goes on by the same call.
/// </summary>
public sealed class Sweep
{
    private readonly SweepOptions options;
    private readonly SweepPlan plan;
    private readonly string folder;
    private readonly bool isFinetuning;

    /// <param name="options">Which trials.</param>
    /// <exception cref="RecipeException">The options make no sweep, or a value does not fit the recipe.</exception>
    public Sweep(SweepOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        plan = SweepPlan.Of(options);
        isFinetuning = RecipeReader.Says<FinetuningRecipe>(options.Recipe, "task");
        folder = options.Folder ?? Path.Combine("runs", "sweep-" + Path.GetFileNameWithoutExtension(options.Recipe));
        // All of them before the first is run, so that a misspelt value costs no time.
        foreach (var trial in plan.Trials)
        {
            Check(Settings(trial));
        }
    }

    /// <summary>The combinations, in their order.</summary>
    public IReadOnlyList<SweepTrial> Trials => plan.Trials;

    /// <summary>The page with table and curves that a sweep leaves in its folder.</summary>
    public string Report => Path.Combine(folder, "report.html");

    /// <summary>Runs what is left of the sweep.</summary>
    /// <param name="observers">Who watches each run.</param>
    /// <param name="told">Told what is run next, for people.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <param name="cancellation">Ends it after the step at hand; all state is kept.</param>
    /// <returns>The states of all trials, the best first.</returns>
    /// <exception cref="PlinthException">The folder holds another sweep, or a run cannot be made.</exception>
    public SweepResults Run(Func<IReadOnlyList<IRunObserver>>? observers = null, Action<string>? told = null, ILogger? logger = null, CancellationToken cancellation = default)
    {
        List<(SweepTrial Trial, TrialState State)> over = [];
        IReadOnlyList<SweepTrial> left = plan.Trials;
        for (var round = 0; round < plan.Rounds.Count; round++)
        {
            var share = plan.Rounds[round];
            var ranked = SweepResults.Ranked(left.Select(trial => (trial, RunTo(share, trial, observers, told, logger, cancellation))), share, isFinetuning);
            var kept = round + 1 < plan.Rounds.Count ? plan.CountOf(round + 1) : 0;
            over.InsertRange(0, ranked.Skip(kept));
            left = [.. ranked.Take(kept).Select(entry => entry.Trial)];
        }

        var results = new SweepResults(over, folder);
        HtmlReport.Write(Report, results.Report());
        return results;
    }

    private string FolderOf(SweepTrial trial) => Path.Combine(folder, trial.Name);

    private string[] Settings(SweepTrial trial) => [.. options.Overrides, .. trial.Settings, $"folder={FolderOf(trial)}"];

    private TrialState RunTo(double share, SweepTrial trial, Func<IReadOnlyList<IRunObserver>>? observers, Action<string>? told, ILogger? logger, CancellationToken cancellation)
    {
        var place = FolderOf(trial);
        if (TrialState.Load(place) is { } state)
        {
            if (!state.Settings.SequenceEqual(trial.Settings, StringComparer.Ordinal))
            {
                throw new BadInputException($"'{place}' holds a trial with other values ({string.Join(" ", state.Settings)}). Give this sweep a folder of its own.");
            }

            if (state.At(share) is not null)
            {
                return state;
            }

            if (state.IsOver)
            {
                return Kept(state with { Points = [.. state.Points, state.Last with { Share = share }] });
            }
        }

        told?.Invoke($"{trial.Name}: {string.Join(" ", trial.Settings)}{(share < 1 ? $" (to {share:P0} of its steps)" : "")}");
        var (point, criterion, scores) = Compute(share, trial, observers?.Invoke() ?? [], logger, cancellation);
        return Kept(new(trial.Settings, criterion, [.. TrialState.Load(place)?.Points ?? [], point], point.Score is null || scores.Count > 0, scores));

        TrialState Kept(TrialState made)
        {
            made.Save(place);
            return made;
        }
    }

    private (TrialPoint Point, string Criterion, IReadOnlyDictionary<string, double> Scores) Compute(
        double share, SweepTrial trial, IReadOnlyList<IRunObserver> observers, ILogger? logger, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watch = new ShareObserver(share, stop);
        IReadOnlyDictionary<string, double> scores = new Dictionary<string, double>();
        try
        {
            scores = RunOnce(Settings(trial), [watch, .. observers], logger, stop.Token).Scores;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It was stopped where it was to be.
        }
        catch (TrainingDivergedException)
        {
            return (new(share, watch.Last?.Step ?? 0, null), watch.Last?.Criterion ?? "", scores);
        }

        // A run whose state was not written any more before the sweep was ended may have nothing left to evaluate; its log says how it went.
        var last = watch.Last ?? (HistoryObserver.Load(new RunFiles(FolderOf(trial)).Log).Evaluations is [.., var logged] ? logged : null)
            ?? throw new BadInputException($"{trial.Name} was evaluated on nothing, so trials cannot be compared. Hold out data for validation.");
        var criterion = last.Criterion ?? throw new BadInputException($"The log of {trial.Name} does not say by which score it is compared. Remove the trial's folder to begin it anew.");
        return (new(share, last.Step, double.IsFinite(last.Scores[criterion]) ? last.Scores[criterion] : null), criterion, scores);
    }

    private RunResult RunOnce(string[] settings, IReadOnlyList<IRunObserver> observers, ILogger? logger, CancellationToken cancellation) => isFinetuning
        ? Finetuning.Run(RecipeReader.Read<FinetuningRecipe>(options.Recipe, settings), observers, logger, cancellation)
        : Pretraining.Run(RecipeReader.Read<PretrainingRecipe>(options.Recipe, settings), observers, logger, cancellation);

    private void Check(string[] settings)
    {
        if (isFinetuning)
        {
            RecipeReader.Read<FinetuningRecipe>(options.Recipe, settings).Check();
        }
        else
        {
            RecipeReader.Read<PretrainingRecipe>(options.Recipe, settings);
        }
    }
}
