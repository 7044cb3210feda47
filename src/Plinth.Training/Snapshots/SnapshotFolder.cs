using System.Globalization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;
using static TorchSharp.torch;

namespace Plinth.Training.Snapshots;

/// <summary>
/// Where the snapshots of one run live: <c>snapshot/step-[number]/</c> with two safetensors files and a
/// <c>snapshot.json</c> that holds their checksums. A snapshot is written beside the last one and renamed when it is
/// whole, so that a crash at any moment leaves a good one. The one before it is kept too: where the disk damages the newest, some steps are lost
/// and not the run. One process at a time may use the folder.
/// </summary>
internal sealed class SnapshotFolder : IDisposable
{
    private const string Prefix = "step-", Unfinished = ".unfinished-", StateFile = "snapshot.json";
    private const string WeightsFile = "weights.safetensors", OptimizerFile = "optimizer.safetensors";
    private const int KeptCount = 2;

    private readonly string runFolder, folder;
    private readonly FolderLock gate;
    private readonly HashSet<string> damaged = new(StringComparer.Ordinal);

    /// <param name="runFolder">The folder of the run; made when absent.</param>
    /// <exception cref="PlinthException">Another process uses it, or it cannot be made.</exception>
    public SnapshotFolder(string runFolder)
    {
        this.runFolder = runFolder;
        folder = PlaceIn(runFolder);
        try
        {
            gate = new(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PlinthException(
                $"The run folder '{runFolder}' cannot be used: {error.Message} If another run is training there, wait for it or give this one a folder of its own.", error);
        }
    }

    /// <summary>Where the newest snapshot is, or null.</summary>
    public string? Newest => Places.FirstOrDefault();

    // The newest first, without those that were found damaged; none where the folder is gone.
    private IEnumerable<string> Places => (Directory.Exists(folder) ? Directory.GetDirectories(folder, Prefix + "*") : [])
        .Where(path => StepOf(path) is not null && !damaged.Contains(path)).OrderByDescending(StepOf);

    /// <summary>Whether a process uses the snapshots of a run at this moment.</summary>
    public static bool IsInUse(string runFolder) => FolderLock.IsHeld(PlaceIn(runFolder));

    /// <summary>Refuses to go on without the folder: what is written to its path from then on would be half a run.</summary>
    /// <exception cref="PlinthException">It was deleted or moved, or something else stands there.</exception>
    public void RequireThere()
    {
        if (!gate.IsThere)
        {
            throw new PlinthException(
                $"The folder '{runFolder}' of this run is gone: it was deleted, moved or replaced while the run was going on. Nothing was written in its place. Put it back, and the same command goes on from the last snapshot in it; without it the command begins anew.");
        }
    }

    /// <summary>Finds the newest snapshot that is whole, and reads what stands beside its tensors.</summary>
    /// <param name="skipped">Told of each newer one that is damaged.</param>
    /// <returns>Where it is, and its state; null where no snapshot is.</returns>
    /// <exception cref="CheckpointException">There are snapshots, and all are damaged.</exception>
    public (string Place, SnapshotState State)? Latest(Action<CheckpointException> skipped)
    {
        CheckpointException? first = null;
        foreach (var place in Places)
        {
            try
            {
                return (place, ReadState(place));
            }
            catch (CheckpointException error)
            {
                damaged.Add(place);
                skipped(error);
                first ??= error;
            }
        }

        return first is null ? null
            : throw new CheckpointException($"No snapshot in '{folder}' is whole. {first.Message} Delete that folder to begin the run again, or restore it from a copy.", first);
    }

    /// <summary>Writes a snapshot, then removes older ones, except the one before it.</summary>
    public void Save(SnapshotState state, IReadOnlyList<KeyValuePair<string, Tensor>> weights, IReadOnlyList<KeyValuePair<string, Tensor>> optimizer)
    {
        RequireThere();
        var place = Path.Combine(folder, Unfinished + Guid.NewGuid().ToString("N"));
        try
        {
            RemoveUnfinished();
            Directory.CreateDirectory(place);
            SafetensorsWriter.Write(Path.Combine(place, WeightsFile), weights);
            SafetensorsWriter.Write(Path.Combine(place, OptimizerFile), optimizer);
            foreach (var file in (string[])[WeightsFile, OptimizerFile])
            {
                state.Files[file] = FileHash.Of(Path.Combine(place, file));
            }

            SnapshotState.File.Write(Path.Combine(place, StateFile), state.Sealed());
            var target = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{state.Step:D12}"));
            if (Directory.Exists(target))
            {
                Directory.Move(target, Path.Combine(folder, Unfinished + Guid.NewGuid().ToString("N")));
            }

            Directory.Move(place, target);
            damaged.Remove(target);
            foreach (var old in Places.Skip(KeptCount).Concat(damaged).Where(Directory.Exists))
            {
                // Renamed first, so that no part of one is ever taken for a snapshot.
                Directory.Move(old, Path.Combine(folder, Unfinished + Guid.NewGuid().ToString("N")));
            }

            damaged.Clear();
            RemoveUnfinished();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or PlinthException)
        {
            if (!gate.IsThere)
            {
                RemoveRemains(place);
                RequireThere();
            }

            throw new PlinthException($"The snapshot of step {state.Step} cannot be written to '{folder}': {error.Message} The snapshot before it is intact: when that is mended, the same command goes on from there.", error);
        }
    }

    /// <summary>Reads what stands beside the tensors of a snapshot, and checks that the tensors are whole.</summary>
    /// <exception cref="CheckpointException">The snapshot is damaged.</exception>
    private static SnapshotState ReadState(string place)
    {
        try
        {
            var state = SnapshotState.File.Read<SnapshotState>(Path.Combine(place, StateFile));
            if (state.Step != StepOf(place) || !state.IsIntact)
            {
                throw Damaged(place, $"{StateFile} does not fit its folder");
            }

            foreach (var file in (string[])[WeightsFile, OptimizerFile])
            {
                if (!state.Files.TryGetValue(file, out var expected) || FileHash.Of(Path.Combine(place, file)) != expected)
                {
                    throw Damaged(place, $"{file} is not what was written");
                }
            }

            return state;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or (BadInputException and not CheckpointException))
        {
            throw Damaged(place, error.Message, error);
        }
    }

    /// <summary>Copies the newest whole snapshot of another run to here, as one whose evaluation has not been made yet.</summary>
    /// <param name="runFolder">The other run.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="PlinthException">The other run is going on, or a file cannot be read or written.</exception>
    public bool TakeFrom(string runFolder)
    {
        if (!Directory.Exists(PlaceIn(runFolder)))
        {
            return false;
        }

        using var other = new SnapshotFolder(runFolder);
        if (other.Latest(_ => { }) is not var (source, state))
        {
            return false;
        }

        try
        {
            var target = Directory.CreateDirectory(Path.Combine(folder, Path.GetFileName(source))).FullName;
            foreach (var file in (string[])[WeightsFile, OptimizerFile])
            {
                File.Copy(Path.Combine(source, file), Path.Combine(target, file));
            }

            SnapshotState.File.Write(Path.Combine(target, StateFile), (state with { EvaluatedStep = 0 }).Sealed());
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PlinthException($"The snapshot '{source}' cannot be copied to '{folder}': {error.Message}", error);
        }
    }

    public static IWeightSource OpenWeights(string place) => SafetensorsFile.Open(Path.Combine(place, WeightsFile));

    public static IWeightSource OpenOptimizer(string place) => SafetensorsFile.Open(Path.Combine(place, OptimizerFile));

    public void Dispose() => gate.Dispose();

    private static string PlaceIn(string runFolder) => Path.Combine(runFolder, "snapshot");

    private static CheckpointException Damaged(string place, string what, Exception? cause = null)
    {
        var message = $"The snapshot '{place}' is damaged: {what.TrimEnd('.')}.";
        return cause is null ? new(message) : new(message, cause);
    }

    private static long? StepOf(string path) =>
        long.TryParse(Path.GetFileName(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;

    // Of a folder that vanished while a snapshot was being written to it.
    private void RemoveRemains(string place)
    {
        try
        {
            Directory.Delete(place, recursive: true);
            // Only where nothing else is in them.
            Directory.Delete(folder);
            Directory.Delete(runFolder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What somebody else put there stays.
        }
    }

    private void RemoveUnfinished()
    {
        foreach (var left in Directory.GetDirectories(folder, Unfinished + "*"))
        {
            Directory.Delete(left, recursive: true);
        }
    }
}
