using Plinth.Core;
using Plinth.Recipes.Binding;
using Plinth.Recipes.MultiTask;
using Plinth.Training;
using Plinth.Training.Observers;

namespace Plinth.Recipes.Records;

/// <summary>One thing that was looked at.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Holds">Whether it is as the record says; null where it could not be looked at.</param>
/// <param name="Detail">What was found.</param>
public sealed record RunCheck(string Name, bool? Holds, string Detail);

/// <summary>
/// Whether a run is what its record says: its files and data are hashed again, the model is scored again from its last snapshot, and the first
/// steps are trained again. On the same processor, thread count and libtorch the numbers must be the same to the bit; elsewhere near.
/// </summary>
public sealed class RunVerification
{
    // Of scores and losses computed on another machine, relative to their size.
    private const double Near = 0.02;

    private const string GivenInMemory = "a program handed the text over in memory, so the recipe alone does not make the run";

    private readonly RunFiles files;
    private readonly RunRecord record;
    private readonly List<RunCheck> checks = [];
    private readonly bool isSameMachine;

    private RunVerification(string folder)
    {
        files = new(folder);
        record = RunRecord.Load(folder);
        string[] decisive = ["processor", "threads", "libtorch"];
        var (then, now) = (record.Machine.Concat(record.Software).ToDictionary(), RunRecorder.Machine().Concat(RunRecorder.Software()).ToDictionary());
        // Graphics cards add in an order of their own each time.
        isSameMachine = then.GetValueOrDefault(RunRecorder.DeviceFact) == RunRecorder.Processor && decisive.All(fact => then.GetValueOrDefault(fact) == now.GetValueOrDefault(fact));
    }

    /// <summary>Looks at a run. Call it in the folder in which the run was started, for its recipe names data from there.</summary>
    /// <param name="folder">The run's folder; nothing in it is changed.</param>
    /// <param name="computes">Whether the model is scored and its beginning trained again, which takes time; hashes alone where not.</param>
    /// <param name="cancellation">Ends the work after the step at hand.</param>
    /// <exception cref="BadInputException">There is no record of a run.</exception>
    public static IReadOnlyList<RunCheck> Run(string folder, bool computes = true, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        var verification = new RunVerification(folder);
        verification.LookAtFiles();
        if (computes)
        {
            verification.Compute(cancellation);
        }

        return verification.checks;
    }

    private void LookAtFiles()
    {
        Check("record", () => (record.IsIntact, record.IsIntact ? "as it was written" : $"{RunRecord.FileName} was changed after it had been written"));
        Check("recipe", () => Same(File.ReadAllText(files.Recipe) == record.Recipe, Path.GetFileName(files.Recipe)));
        Check("card", () => Same(File.ReadAllText(Path.Combine(files.Checkpoint, ModelCard.FileName)) == ModelCard.Write(record), ModelCard.FileName));
        Check("checkpoint", () => Same(record.Files, RecordedFiles.Below(files.Checkpoint, ModelCard.FileName)));
        Check("scores", () => Same(record.Scores.ToDictionary(score => score.Key, score => Text(score.Value)), RecordedFiles.Scores(files.Scores).ToDictionary(score => score.Key, score => Text(score.Value))));
        Check("losses", () =>
        {
            var history = HistoryObserver.Load(files.Log);
            var isSame = record.Losses.SequenceEqual(RunRecorder.Losses(history)) && history.Steps is [.., var last] && (last.Step, last.TokensSeen) == (record.Steps, record.ElementsSeen) && history.Start?.ParameterCount == record.TrainedCount;
            return Same(isSame, Path.GetFileName(files.Log));
        });
        var now = RecordedFiles.Of(RecipeReader.Settings(files.Recipe)).ToDictionary(data => data.Key);
        foreach (var data in record.Data)
        {
            Check($"data: {data.Key}", () => now.GetValueOrDefault(data.Key) is not { } found ? (null, $"'{data.Path}' is not here")
                : (found.Hash == data.Hash, found.Hash == data.Hash ? $"{data.FileCount:N0} {(data.FileCount == 1 ? "file" : "files")}, {data.ByteCount:N0} bytes" : $"'{data.Path}' is not what was learnt from"));
        }
    }

    private void Compute(CancellationToken cancellation)
    {
        var scratch = Directory.CreateTempSubdirectory("plinth-verify-").FullName;
        try
        {
            Check("scored again", () => ScoredAgain(Path.Combine(scratch, "scored"), cancellation));
            Check("first steps", () => TrainedAgain(Path.Combine(scratch, "trained"), cancellation));
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    // The trainer goes on from the last snapshot, whose evaluation counts as not made yet, and has nothing left to train.
    private (bool? Holds, string Detail) ScoredAgain(string folder, CancellationToken cancellation)
    {
        if (!record.IsFromRecipe)
        {
            return (null, GivenInMemory);
        }

        if (!Trainer.CopyState(files.Folder, folder))
        {
            return (null, "the run has no snapshot any more");
        }

        if (Directory.Exists(files.Tokenizer))
        {
            Directory.CreateDirectory(Path.Combine(folder, Path.GetFileName(files.Tokenizer)));
            foreach (var file in Directory.GetFiles(files.Tokenizer))
            {
                File.Copy(file, Path.Combine(folder, Path.GetFileName(files.Tokenizer), Path.GetFileName(file)));
            }
        }

        var again = RunOf(folder, [], cancellation);
        var weights = RecordedFiles.Below(again.Files.Checkpoint, ModelCard.FileName);
        // The weights alone: an adapter's config names its base from where it lies.
        var changed = record.Files.Where(file => file.Key.EndsWith(".safetensors", StringComparison.Ordinal) && weights.GetValueOrDefault(file.Key) != file.Value).Select(file => file.Key).ToList();
        if (changed.Count > 0)
        {
            return (false, $"the snapshot gives another {string.Join(", ", changed)}");
        }

        var other = record.Scores.Where(score => !again.Scores.TryGetValue(score.Key, out var found) || !IsNear(score.Value, found)).Select(score => $"{score.Key} {again.Scores.GetValueOrDefault(score.Key):0.0000} and not {score.Value:0.0000}").ToList();
        return other.Count == 0 ? (true, isSameMachine ? "to the bit" : "near, on another machine") : (false, string.Join("; ", other));
    }

    private (bool? Holds, string Detail) TrainedAgain(string folder, CancellationToken cancellation)
    {
        if (!record.IsFromRecipe || record.Opening is not { } opening)
        {
            return (null, record.IsFromRecipe ? "the record has none" : GivenInMemory);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            RunOf(folder, [new StopAfter(opening.Step, stop)], stop.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It was stopped where it was to be.
        }

        if (RunRecorder.OpeningOf(new(folder)) is not { } again)
        {
            return (null, "the run did not get that far");
        }

        var isSame = isSameMachine ? again == opening : again.Step == opening.Step && IsNear(opening.Loss, again.Loss);
        return (isSame, isSame ? $"{opening.Step:N0} steps {(isSameMachine ? "to the bit" : "near, on another machine")}" : $"after {opening.Step:N0} steps the loss is {again.Loss:0.0000} and was {opening.Loss:0.0000}{(again.Loss == opening.Loss ? ", and the weights differ" : "")}");
    }

    private RunResult RunOf(string folder, IReadOnlyList<IRunObserver> observers, CancellationToken cancellation)
    {
        string[] settings = [$"folder={folder}"];
        return RecipeReader.Says<MultiTaskRecipe>(files.Recipe, "tasks") ? MultiTaskFinetuning.Run(RecipeReader.Read<MultiTaskRecipe>(files.Recipe, settings), observers, cancellation: cancellation)
            : record.Task is null ? Pretraining.Run(RecipeReader.Read<PretrainingRecipe>(files.Recipe, settings), observers, cancellation: cancellation)
            : Finetuning.Run(RecipeReader.Read<FinetuningRecipe>(files.Recipe, settings), observers, cancellation: cancellation);
    }

    private bool IsNear(double expected, double found) => isSameMachine ? expected.Equals(found) : Math.Abs(expected - found) <= Near * Math.Max(1, Math.Abs(expected));

    private void Check(string name, Func<(bool? Holds, string Detail)> look)
    {
        try
        {
            var (holds, detail) = look();
            checks.Add(new(name, holds, detail));
        }
        catch (Exception error) when (error is PlinthException or IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            checks.Add(new(name, false, error.Message));
        }
    }

    private static (bool?, string) Same(bool isSame, string name) => (isSame, isSame ? name : $"{name} is not what the record says");

    private static (bool?, string) Same(IReadOnlyDictionary<string, string> expected, IReadOnlyDictionary<string, string> found)
    {
        string[] other = [.. expected.Keys.Union(found.Keys).Where(name => expected.GetValueOrDefault(name) != found.GetValueOrDefault(name)).Order(StringComparer.Ordinal)];
        return (other.Length == 0, other.Length == 0 ? $"{expected.Count} entries" : $"{string.Join(", ", other)}: not what the record says");
    }

    // The file has nothing where a score is no number.
    private static string Text(double? value) => value is { } number && double.IsFinite(number) ? number.ToString("R", System.Globalization.CultureInfo.InvariantCulture) : "none";

    private sealed class StopAfter(long step, CancellationTokenSource stop) : IRunObserver
    {
        public void Started(RunStart start)
        {
        }

        public void Stepped(StepReport report)
        {
            if (report.Step >= step)
            {
                stop.Cancel();
            }
        }

        public void Evaluated(EvaluationReport report)
        {
        }

        public void Ended(RunEnd end)
        {
        }
    }
}
