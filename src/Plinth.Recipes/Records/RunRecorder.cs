using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Files;
using Plinth.Core.Native;
using Plinth.Recipes.Binding;
using Plinth.Training.Observers;
using TorchSharp;

namespace Plinth.Recipes.Records;

/// <summary>Watches a run, keeps where it stood after its first steps, and writes the record and the card at its end.</summary>
/// <param name="files">The run's folder.</param>
/// <param name="learner">What is trained.</param>
/// <param name="logger">Where it goes when no record can be written, or null.</param>
/// <param name="hashes">What was read of the data when the run began, or null.</param>
internal sealed partial class RunRecorder(RunFiles files, Objective learner, ILogger? logger = null, PathHashes? hashes = null) : IRunObserver
{
    /// <summary>Under which name the machine's facts say where the run was computed, and what they say of the processor.</summary>
    public const string DeviceFact = "device", Processor = "cpu";

    // A desktop core at work, with its share of memory and supply; where no meter can be read nothing better is known.
    private const double WattsPerThread = 10;

    private const int MostLosses = 50;

    // One step shows that data, seed and model are the same; the optimizer shows in those that follow.
    private const long OpeningSteps = 20;

    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true };

    private static readonly RecordFile openingFile = new("opening of a run", "Delete it; the run is then recorded without.") { Json = new(RecordFile.PlainJson) { PropertyNamingPolicy = null } };

    private bool isFirst;
    private long openingStep;

    /// <inheritdoc />
    public void Started(RunStart start)
    {
        ArgumentNullException.ThrowIfNull(start);
        isFirst = start.FirstStep == 0;
        openingStep = Math.Min(OpeningSteps, start.TotalSteps);
        if (isFirst)
        {
            // It may be of an earlier run in the folder.
            File.Delete(files.Opening);
        }

        AtomicFile.WriteText(files.Environment, JsonSerializer.Serialize(new { software = Software(), machine = MachineOf(learner) }, indented));
    }

    /// <inheritdoc />
    public void Stepped(StepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (isFirst && report.Step >= openingStep)
        {
            isFirst = false;
            openingFile.Write(files.Opening, new RecordedOpening(report.Step, report.Loss, RecordedFiles.Of(learner)));
        }
    }

    /// <inheritdoc />
    public void Evaluated(EvaluationReport report)
    {
    }

    /// <inheritdoc />
    public void Ended(RunEnd end)
    {
    }

    /// <summary>Writes <c>run.json</c> and the checkpoint's card; called when all else is written. Where that fails the run has its worth all the same, so it is only remarked.</summary>
    /// <param name="name">Name of the run.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="task">The task, or null of a pre-training.</param>
    /// <param name="scores">The final scores.</param>
    /// <param name="isFromRecipe">Whether the recipe names all that was learnt from.</param>
    public void Complete(string name, int seed, string? task, IReadOnlyDictionary<string, double> scores, bool isFromRecipe = true)
    {
        try
        {
            Write(name, seed, task, scores, isFromRecipe);
        }
        catch (Exception error) when (error is PlinthException or IOException or UnauthorizedAccessException)
        {
            if (logger is not null)
            {
                LogUnrecorded(logger, error.Message);
            }
        }
    }

    /// <summary>The training losses of a run, thinned out.</summary>
    public static IReadOnlyList<RecordedLoss> Losses(HistoryObserver history)
    {
        var every = Math.Max(1, (int)Math.Ceiling(history.Steps.Count / (double)MostLosses));
        return [.. history.Steps.Where((_, i) => i % every == 0 || i == history.Steps.Count - 1).Select(step => new RecordedLoss(step.Step, step.Loss))];
    }

    /// <summary>The beginning of a run, as it was kept; null where it was not.</summary>
    /// <exception cref="BadInputException">The file is malformed.</exception>
    public static RecordedOpening? OpeningOf(RunFiles files) => File.Exists(files.Opening) ? openingFile.Read<RecordedOpening>(files.Opening) : null;

    /// <summary>Versions that decide the numbers of this process.</summary>
    public static SortedDictionary<string, string> Software() => new(StringComparer.Ordinal)
    {
        [".NET"] = RuntimeInformation.FrameworkDescription,
        ["libtorch"] = TorchRuntime.Report.TorchVersion,
        // With the commit behind a plus sign, where it was built from a repository.
        ["plinth"] = typeof(RunRecorder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
    };

    /// <summary>This machine, as far as it decides the last digits.</summary>
    public static SortedDictionary<string, string> Machine() => new(StringComparer.Ordinal)
    {
        ["processor"] = SystemFacts.ProcessorName,
        ["system"] = RuntimeInformation.OSDescription,
        ["threads"] = TorchRuntime.ThreadCount.ToString(CultureInfo.InvariantCulture),
    };

    private static SortedDictionary<string, string> MachineOf(Objective learner)
    {
        var machine = Machine();
        machine[DeviceFact] = learner.Model.Device.type == DeviceType.CPU ? Processor : learner.Model.Device.ToString();
        return machine;
    }

    private void Write(string name, int seed, string? task, IReadOnlyDictionary<string, double> scores, bool isFromRecipe)
    {
        var history = HistoryObserver.Load(files.Log);
        if (history.Steps is not [.., var last])
        {
            // Its log tells of no step, so there is nothing to vouch for.
            return;
        }

        var record = new RunRecord
        {
            Name = name,
            ModelType = learner.Model.Family.ModelType,
            Task = task,
            Recipe = File.ReadAllText(files.Recipe),
            IsFromRecipe = isFromRecipe,
            Seed = seed,
            Steps = last.Step,
            ElementsSeen = last.TokensSeen,
            TrainedCount = history.Start!.ParameterCount,
            Seconds = history.Elapsed.TotalSeconds,
            WattHours = Math.Round(history.Elapsed.TotalHours * WattsPerThread * TorchRuntime.ThreadCount, 3),
            Ended = DateTimeOffset.UtcNow,
            Software = Software(),
            Machine = MachineOf(learner),
            Data = RecordedFiles.Of(RecipeReader.Settings(files.Recipe), hashes),
            Scores = new(scores.ToDictionary(), StringComparer.Ordinal),
            Losses = Losses(history),
            Opening = OpeningOf(files),
            Files = RecordedFiles.Below(files.Checkpoint, ModelCard.FileName),
        }.Sealed();
        record.Save(files.Folder);
        AtomicFile.WriteText(Path.Combine(files.Checkpoint, ModelCard.FileName), ModelCard.Write(record));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The run is complete, but its record and card could not be written: {Fault}")]
    private static partial void LogUnrecorded(ILogger logger, string fault);
}
