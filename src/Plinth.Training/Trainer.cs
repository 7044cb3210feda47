using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Training.Control;
using Plinth.Training.Observers;
using Plinth.Training.Snapshots;
using TorchSharp;

namespace Plinth.Training;

/// <summary>
/// The one training loop. It knows neither models nor modalities: an <see cref="Objective"/> makes losses of batches,
/// an <see cref="IBatchSource"/> makes batches of numbers. All randomness follows from the seed and the number of the
/// batch, so that a run that is interrupted goes on to the very weights that it would have reached.
/// </summary>
public sealed class Trainer
{
    private readonly TrainerOptions options;
    private readonly IReadOnlyList<IRunObserver> observers;
    private readonly IBestKeeper? keeper;
    private readonly TimeProvider time;
    private readonly ILogger? logger;
    private readonly IRunControl? control;

    /// <param name="options">How to train.</param>
    /// <param name="observers">Who watches.</param>
    /// <param name="keeper">Who keeps the best model, or null.</param>
    /// <param name="time">The clock, or null for the system's.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <param name="control">Where the run hears what is asked of it while it goes on, or null.</param>
    /// <exception cref="RecipeException">An option is impossible.</exception>
    public Trainer(
        TrainerOptions options, IReadOnlyList<IRunObserver>? observers = null, IBestKeeper? keeper = null, TimeProvider? time = null, ILogger? logger = null,
        IRunControl? control = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.options = options;
        this.observers = observers ?? [];
        this.keeper = keeper;
        this.time = time ?? TimeProvider.System;
        this.logger = logger;
        this.control = control;
    }

    /// <summary>
    /// Copies the last whole state of a run into the folder of another, as one whose evaluation has not been made yet: a trainer there goes on from it, and where
    /// the run was at its end, scores it again and trains nothing.
    /// </summary>
    /// <param name="from">Folder of the run; nothing in it is changed.</param>
    /// <param name="to">Folder of the other run, which has no state yet.</param>
    /// <returns>Whether there was a state.</returns>
    /// <exception cref="PlinthException">All states are damaged, the run is going on, or a file cannot be read or written.</exception>
    public static bool CopyState(string from, string to)
    {
        using var target = new SnapshotFolder(to);
        return target.TakeFrom(from);
    }

    /// <summary>Whether a process is training in a folder at this moment.</summary>
    /// <param name="folder">Folder of a run; nothing in it is changed.</param>
    public static bool IsRunning(string folder) => SnapshotFolder.IsInUse(folder);

    /// <summary>
    /// Trains until the last step or until cancelled. When the folder holds a snapshot of this run, it goes on from there.
    /// Afterwards the weights are float32 and the objective is in evaluation mode.
    /// </summary>
    /// <param name="objective">What is learnt; it is moved to the device of the options.</param>
    /// <param name="data">
    /// The batches, made and prepared one step at a time on the calling thread.
    /// </param>
    /// <param name="evaluator">Scores the model on the way and at the end, or null.</param>
    /// <param name="folder">Folder of the run for its snapshots, or null for none.</param>
    /// <param name="cancellation">Ends the run after the step at hand; with a folder its state is kept.</param>
    /// <exception cref="TrainingDivergedException">A loss or gradient is no longer a number.</exception>
    /// <exception cref="BadInputException">The snapshot is damaged, or of another run.</exception>
    public TrainingResult Run(
        Objective objective, IBatchSource data, IEvaluator? evaluator = null, string? folder = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(data);
        var device = options.FindDevice();
        if (device.type != DeviceType.CPU)
        {
            objective.to(device);
        }

        using var snapshots = folder is null ? null : new SnapshotFolder(folder);
        using var run = new TrainingRun(options, objective, data, evaluator, device, snapshots, observers, keeper, time, logger, control);
        try
        {
            return run.Finish(cancellation);
        }
        finally
        {
            objective.eval();
        }
    }
}
