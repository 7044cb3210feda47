using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Data.Text.Batching;
using Plinth.Data.Text.Languages;
using Plinth.Data.Text.Preparation;
using Plinth.Models;
using Plinth.Recipes.Quickstart;
using Plinth.Recipes.Records;
using Plinth.Recipes.Scaling;
using Plinth.Recipes.Sweeps;
using Plinth.Tasks;
using Plinth.Training.Observers;
using Plinth.Training.Snapshots;
using static TorchSharp.torch;

namespace Plinth.Tests.Fuzzing;

/// <summary>Files that Plinth writes for itself, as it writes them.</summary>
internal static class OwnFiles
{
    public const string Snapshot = "snapshot/step-000000000004";

    private static readonly Lazy<LoadedModel> adapted = new(() => Checkpoint.Load(Fixtures.Folder("lora-gpt2-lm"), ModelCatalog.Families));

    /// <summary>The model on which the adapter of the fixtures sits.</summary>
    public static Plinth.Core.Model Adapted => adapted.Value.Model;

    public static byte[] Run() => Written(folder => new RunRecord
    {
        Name = "run", ModelType = "gpt2", Task = "text_classification", Recipe = "name: run\n", Seed = 1, Steps = 10, ElementsSeen = 1000, TrainedCount = 1600, Seconds = 100, WattHours = 0.5,
        Ended = DateTimeOffset.UnixEpoch, Software = new() { ["libtorch"] = "2.10" }, Machine = new() { ["device"] = "cpu" },
        Data = [new("data.train", "a.csv", 1, 10, "AB") { Licenses = new() { ["MIT"] = 3 } }], Scores = new() { ["loss"] = 2, ["perplexity"] = double.PositiveInfinity },
        Losses = [new(1, 5), new(10, 2)], Opening = new(5, 3, "CD"), Files = new() { ["config.json"] = "EF" },
    }.Sealed().Save(folder), RunRecord.FileName);

    public static byte[] Opening() => """{"Step":20,"Loss":2.5,"Hash":"AB"}"""u8.ToArray();

    public static byte[] Prediction() => Written(
        folder => ScalingPrediction.Of([new("a", 100, 1000, 4.02), new("b", 200, 1000, 3.51), new("c", 400, 1000, 3.05), new("d", 800, 1000, 2.66)], "loss", ScalingAxis.Compute, 1600, 1000, 0.9, TimeProvider.System).Save(Path.Combine(folder, "p")),
        "p");

    public static byte[] Trial() => Written(folder => new TrialState(["training.steps=4"], "loss", [new(0.5, 4, 2.5), new(1, 8, null)], true, new Dictionary<string, double> { ["loss"] = 2.25 }).Save(folder), "trial.json");

    public static byte[] Preparation() => Written(folder => Prepared.Save(folder), PreparationRecord.FileName);

    public static byte[] PreparationPart() => JsonSerializer.SerializeToUtf8Bytes(
        new PartManifest(1, "AB", Hash("{}\n"u8), Hash("abcd"u8), Prepared), PreparationJson.Options);

    /// <summary>What lies beside the part of a preparation.</summary>
    public static IReadOnlyDictionary<string, byte[]> BesidePart { get; } = new Dictionary<string, byte[]>
    {
        ["unfinished/part-00000.rejects.jsonl"] = "{}\n"u8.ToArray(), ["unfinished/part-00000.memory"] = "abcd"u8.ToArray(), ["corpus/shard-00000.jsonl"] = "{\"text\":\"a\"}\n"u8.ToArray(),
    };

    /// <summary>A snapshot with its tensors.</summary>
    public static IReadOnlyDictionary<string, byte[]> SnapshotFiles()
    {
        using var folder = new TemporaryFolder();
        using (var snapshots = new SnapshotFolder(folder.Root))
        {
            var state = new SnapshotState { Step = 4, ElementsSeen = 400, LastLoss = 2.5, Scores = new() { ["loss"] = double.NaN }, ThreadCount = 1, BatchesPerEpoch = 7, Options = new() { ["a"] = "b" } };
            snapshots.Save(state, [new("w", ones(2))], [new("m", ones(2))]);
        }

        return Below(folder.Root);
    }

    /// <summary>A folder of token shards.</summary>
    public static IReadOnlyDictionary<string, byte[]> ShardFiles()
    {
        using var folder = new TemporaryFolder();
        TokenShards.OpenOrEncode(folder.Path("tokens"), "key", [new("ab ba", "a.txt:1"), new("b", "a.txt:2")], CharacterTokenizer.Train(["ab "])).Dispose();
        return Below(folder.Root);
    }

    public static byte[] Languages() => Written(
        folder => new LanguageModel([new("de", new Dictionary<ulong, double> { [97] = -1, [98] = -2.5 }), new("en", new Dictionary<ulong, double> { [99] = -1 })]).Save(Path.Combine(folder, "l")), "l");

    public static byte[] Log() => Written(
        folder =>
        {
            var observer = new JsonLinesObserver(Path.Combine(folder, "log"));
            observer.Started(new("run", 0, 10, 1600));
            observer.Stepped(new(5, 10, double.NaN, 1e-3, 1, 100, 500, TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(2.5), 1 << 20, 8) { Terms = new Dictionary<string, double> { ["a"] = 1 }, DataWaitShare = 0.5 });
            observer.Evaluated(new(10, new Dictionary<string, double> { ["loss"] = 2 }, true) { Criterion = "loss", Samples = [new("a", "b")] });
            observer.Controlled(new(10, Plinth.Training.Control.RunRequest.Pause));
            observer.Ended(new(10, TimeSpan.FromSeconds(5), false));
        },
        "log");

    public static byte[] LogTable() => Written(
        folder =>
        {
            var observer = new CsvObserver(Path.Combine(folder, "log"));
            observer.Started(new("run", 0, 10, 1600));
            observer.Stepped(new(5, 10, 2.5, 1e-3, 1, 100, 500, TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(2.5), 1 << 20, 8));
        },
        "log");

    public static byte[] Cells() => Written(
        folder =>
        {
            var cells = new QuickstartCells(Path.Combine(folder, "c"));
            cells.Measure("a", "b", "8", 1, () => new Dictionary<string, double> { ["accuracy"] = 0.5 });
            cells.Measure("a", "b", "8", 2, () => new Dictionary<string, double> { ["accuracy"] = 0.75 });
        },
        "c");

    public static byte[] Thresholds() => Written(folder => new Calibration(1.5, new Dictionary<string, double> { ["a"] = 0.5, ["b"] = double.PositiveInfinity }, "f1", 10, 0.2, 0.1).Save(folder), Calibration.FileName);

    private static PreparationRecord Prepared => new()
    {
        Sources = [new() { Path = "a.txt" }], Identity = "identity", Licenses = new() { ["MIT"] = 1 }, Shards = [new("corpus/shard-00000.jsonl", 1, 13, Hash("{\"text\":\"a\"}\n"u8))],
        Steps = [new() { Name = "length_limits", Options = JsonSerializer.SerializeToElement(new { least = 3 }), Rejected = new() { ["short"] = 1 }, Samples = [new("a.txt:2", "short", "1 of 3", "b")] }],
    };

    private static byte[] Written(Action<string> write, string name)
    {
        using var folder = new TemporaryFolder();
        write(folder.Root);
        return File.ReadAllBytes(folder.Path(name));
    }

    private static Dictionary<string, byte[]> Below(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "lock")
        .ToDictionary(path => Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllBytes);

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
