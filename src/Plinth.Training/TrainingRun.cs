using System.Globalization;
using System.Runtime;
using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Training.Control;
using Plinth.Training.Observers;
using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;
using Plinth.Training.Snapshots;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training;

/// <summary>One execution of a <see cref="Trainer"/>: where it stands and what it has seen.</summary>
internal sealed class TrainingRun : IDisposable
{
    // Native memory is freed when the small objects that own it are collected, which happens too rarely by itself.
    private const long CollectEvery = 10;

    private readonly TrainerOptions options;
    private readonly Objective objective;
    private readonly IBatchSource data;
    private readonly IEvaluator? evaluator;
    private readonly Device device;
    private readonly SnapshotFolder? snapshots;
    private readonly IReadOnlyList<IRunObserver> observers;
    private readonly IBestKeeper? keeper;
    private readonly ILogger? logger;
    private readonly TrainedWeights weights;
    private readonly StepOptimizer optimizer;
    private readonly LayerRates layers;
    private readonly WeightAverage? average;
    private readonly StepFitter fitter;
    private readonly Schedule schedule;
    private readonly ProgressMeter meter;
    private readonly RunSteering steering;
    private readonly List<StepReport> history = [];
    private readonly List<EvaluationReport> evaluations = [];
    private readonly SortedDictionary<string, string> fingerprint;
    private SnapshotState state = new();
    private long? savedStep;

    public TrainingRun(
        TrainerOptions options, Objective objective, IBatchSource data, IEvaluator? evaluator, Device device, SnapshotFolder? snapshots,
        IReadOnlyList<IRunObserver> observers, IBestKeeper? keeper, TimeProvider time, ILogger? logger, IRunControl? control)
    {
        this.options = options;
        this.objective = objective;
        this.data = data;
        this.evaluator = evaluator;
        this.device = device;
        this.snapshots = snapshots;
        this.observers = observers;
        this.keeper = keeper;
        this.logger = logger;
        fingerprint = options.Fingerprint();
        schedule = new(options.Schedule, options.Optimizer.LearningRate, options.Steps);
        weights = new(objective, options.Precision);
        layers = new(weights.All, options);
        optimizer = options.Optimizer.Build(weights.All);
        average = options.AverageDecay is { } decay ? new(optimizer, decay) : null;
        fitter = new(new(objective, weights, options, device), objective, optimizer, logger);
        try
        {
            Require(weights.All.Count > 0, "Nothing can be trained: all weights are frozen.");
            Resume();
        }
        catch
        {
            optimizer.Dispose();
            weights.Dispose();
            throw;
        }

        meter = new(time, state.Step, options.Steps, state.ElementsSeen, device, options.Cost);
        steering = new(control, meter, Save, request => Notify(observer => observer.Controlled(new(state.Step, request))));
    }

    /// <summary>Trains to the end or until cancelled.</summary>
    public TrainingResult Finish(CancellationToken cancellation)
    {
        Notify(observer => observer.Started(new(options.Name, state.Step, options.Steps, weights.Count, options.SampleName) { Cost = options.Cost }));
        steering.Begin();
        var isComplete = false;
        try
        {
            isComplete = Train(cancellation);
            Save();
            average?.EndRun(isComplete);
        }
        finally
        {
            Notify(observer => observer.Ended(new(state.Step, meter.Elapsed, !isComplete)));
        }

        return new(state.Step, state.LastLoss, state.BestScore, !isComplete, history, evaluations, state.Scores);
    }

    public void Dispose()
    {
        meter.Dispose();
        optimizer.Dispose();
        weights.Dispose();
    }

    private bool Train(CancellationToken cancellation)
    {
        try
        {
            if (IsDue(options.EvaluateEvery) && state.EvaluatedStep < state.Step)
            {
                Evaluate(cancellation);
            }

            objective.train();
            while (state.Step < options.Steps)
            {
                cancellation.ThrowIfCancellationRequested();
                if (!steering.GoesOn(cancellation))
                {
                    return false;
                }

                // On this thread: TorchSharp lets a scalar argument be collected while libtorch still reads it, which only an
                // allocation on another thread can cause. Making a batch costs a few percent of a step; a crash costs the run.
                using (var prepared = meter.Waiting(Prepared))
                {
                    Step(prepared);
                }

                if (IsDue(options.EvaluateEvery))
                {
                    Evaluate(cancellation);
                }

                if (options.SnapshotEvery is { } every && state.Step % every == 0)
                {
                    Save();
                }
            }

            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private PreparedStep Prepared()
    {
        try
        {
            return PreparedStep.Make(objective, data, options, state.Step);
        }
        catch (Exception error) when (IsOfFile(error) || (error is BadInputException && IsOfFile(error.InnerException)))
        {
            throw new BadInputException($"{error.Message.TrimEnd('.')}. Step {state.Step + 1} of {options.Steps} needs it, so the run ends here: put the data back as it was when the run began, and the same command goes on.{Rescue}", error);
        }
    }

    private static bool IsOfFile(Exception? error) => error is IOException or UnauthorizedAccessException;

    private void Step(PreparedStep prepared)
    {
        using var scope = NewDisposeScope();
        var rate = schedule.Rate(state.Step);
        optimizer.ZeroGradients();
        var (loss, halvings) = fitter.Backward(prepared, state.Step + 1, state.Halvings, Rescue);
        state = state with { Halvings = halvings };
        layers.Hold(state.Step);
        var norms = optimizer.ClipGradients(options.MaximumGradientNorm);
        meter.Add(loss, prepared.ElementCount, prepared.SampleCount);
        var next = state.Step + 1;
        var isReport = next % options.ReportEvery == 0 || next == options.Steps;
        // Reading costs nothing on the CPU; elsewhere it waits for the device, so it is left to when something is kept or told.
        if (device.type == DeviceType.CPU || isReport || IsDue(options.EvaluateEvery, next) || IsDue(options.SnapshotEvery, next))
        {
            Check(next, loss.Total.ToDouble(), norms.Total.ToDouble(), rate);
        }

        optimizer.Step(rate);
        optimizer.ZeroGradients();
        average?.Follow(next);
        objective.Stepped(next, options.Steps);
        state = state with { Step = next, ElementsSeen = meter.ElementsSeen };
        if (isReport)
        {
            Report(meter.Report(next, rate, norms.Total.ToDouble(), norms.ByBlock()) with { Pieces = halvings == 0 ? null : BatchPieces.CountOf(halvings) });
        }

        // A loader that works ahead has the collector run at its own times, and a collection here would end that.
        if (next % CollectEvery == 0 && GCSettings.LatencyMode != GCLatencyMode.NoGCRegion)
        {
            GC.Collect(0);
        }
    }

    private void Report(StepReport report)
    {
        snapshots?.RequireThere();
        state = state with { LastLoss = report.Loss };
        history.Add(report);
        Notify(observer => observer.Stepped(report));
    }

    private void Check(long step, double loss, double norm, double rate)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
        {
            var what = double.IsFinite(loss) ? $"gradient norm is {norm}" : $"loss is {loss}";
            throw new TrainingDivergedException(string.Create(
                CultureInfo.InvariantCulture,
                $"Training stopped at step {step} of {options.Steps}: the {what} (learning rate {rate:G4}). Lower optimizer.learning_rate, lengthen the schedule's warm-up, or lower maximum_gradient_norm.{Rescue}"));
        }
    }

    private void Evaluate(CancellationToken cancellation)
    {
        if (evaluator is null)
        {
            return;
        }

        IReadOnlyDictionary<string, double> scores;
        using var averaged = average?.Lend();
        objective.eval();
        using (no_grad())
        using (NewDisposeScope())
        {
            scores = evaluator.Evaluate(objective, device, cancellation);
        }

        snapshots?.RequireThere();
        var score = scores[evaluator.Criterion];
        var isBest = double.IsFinite(score)
            && (state.BestScore is not { } best || (evaluator.IsHigherBetter ? score > best : score < best));
        var report = new EvaluationReport(state.Step, scores, isBest) { Samples = evaluator.Samples, Criterion = evaluator.Criterion };
        if (isBest && options.KeepBest && keeper is not null)
        {
            weights.InFullPrecision(() => keeper.Keep(objective, report));
        }

        state = state with { EvaluatedStep = state.Step, BestScore = isBest ? score : state.BestScore, Scores = new(scores.ToDictionary(), StringComparer.Ordinal) };
        objective.train();
        evaluations.Add(report);
        Notify(observer => observer.Evaluated(report));
    }

    private void Resume()
    {
        if (snapshots?.Latest(Skipped) is not var (place, found))
        {
            return;
        }

        foreach (var name in fingerprint.Keys.Union(found.Options.Keys, StringComparer.Ordinal))
        {
            var (old, value) = (found.Options.GetValueOrDefault(name, "absent"), fingerprint.GetValueOrDefault(name, "absent"));
            Require(old == value, $"The snapshot '{place}' was made with the option '{name}' = {old} and this run has {value}. Use the same options, or give this run a folder of its own.");
        }

        Require(found.BatchesPerEpoch == data.BatchesPerEpoch, $"The snapshot '{place}' was made on data with {found.BatchesPerEpoch} batches and this run has {data.BatchesPerEpoch}. Use the same data, or give this run a folder of its own.");
        Require(found.Step <= options.Steps, $"The snapshot '{place}' is beyond the last step of this run.");
        if (found.ThreadCount != TorchRuntime.ThreadCount && logger is not null)
        {
            Log.OtherThreadCount(logger, found.ThreadCount, TorchRuntime.ThreadCount);
        }

        using (var source = SnapshotFolder.OpenWeights(place))
        {
            weights.InFullPrecision(() => SnapshotTensors.Restore(objective, source));
        }

        using (var source = SnapshotFolder.OpenOptimizer(place))
        {
            SnapshotTensors.Restore(optimizer, source);
        }

        state = found;
        savedStep = found.Step;

        void Skipped(CheckpointException error)
        {
            if (logger is not null)
            {
                Log.DamagedSnapshot(logger, error.Message);
            }
        }
    }

    private void Save()
    {
        snapshots?.RequireThere();
        if (snapshots is null || savedStep == state.Step)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var whole = state with
        {
            ThreadCount = TorchRuntime.ThreadCount, BatchesPerEpoch = data.BatchesPerEpoch, Options = fingerprint, Files = [],
        };
        weights.InFullPrecision(() => snapshots.Save(whole, SnapshotTensors.Of(objective), [.. optimizer.ExportState()]));
        savedStep = state.Step;
    }

    // What an error says of the state that is safe.
    private string Rescue => snapshots?.Newest is { } place ? $" The last snapshot, '{place}', is intact." : "";

    private bool IsDue(long? every) => IsDue(every, state.Step);

    private bool IsDue(long? every, long step) => step > 0 && (step == options.Steps || (every is { } n && step % n == 0));

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new BadInputException(otherwise);
        }
    }

    private void Notify(Action<IRunObserver> tell)
    {
        foreach (var observer in observers)
        {
            tell(observer);
        }
    }
}
