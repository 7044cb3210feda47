using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Tests.Core;
using Plinth.Training;
using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;
using Xunit;

namespace Plinth.Tests.Training;

[Collection(AloneInProcess.Name)]
public class ResumeTests
{
    private static readonly TrainerOptions options = new()
    {
        Steps = 20, AccumulationCount = 2, Seed = 5, ReportEvery = 1, EvaluateEvery = 4,
        Optimizer = new AdamWOptions { LearningRate = 0.02, WeightDecay = 0.1 }, Schedule = new() { Kind = ScheduleKind.Cosine, WarmupSteps = 3 },
    };

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Float32, Precision.BFloat16)]
    [InlineData(Precision.BFloat16, Precision.BFloat16)]
    [InlineData(Precision.BFloat16, Precision.BFloat16, true)]
    public void An_interrupted_run_ends_in_the_same_bits(Precision precision, Precision moments = Precision.Float32, bool keepsLargest = false)
    {
        using var folder = new ScratchFolder();
        var sameOptions = options with { Precision = precision, Optimizer = (AdamWOptions)options.Optimizer with { Moments = moments, KeepsLargestSquare = keepsLargest } };
        using var whole = new TinyObjective(dropout: 0.2);
        var expected = Run(sameOptions, whole, null);

        using var first = new TinyObjective(dropout: 0.2);
        var half = Run(sameOptions, first, folder["run"], cancelAt: 10);
        using var second = new TinyObjective(dropout: 0.2, seed: 99);
        var rest = Run(sameOptions, second, folder["run"]);

        Assert.True(half.Interrupted);
        Assert.Equal(10, half.Step);
        Assert.False(rest.Interrupted);
        Assert.Equal(20, rest.Step);
        Assert.Equal(Enumerable.Range(11, 10).Select(step => (long)step), rest.History.Select(report => report.Step));
        Assert.Equal(expected.History.Skip(10).Select(report => (report.Loss, report.GradientNorm, report.LearningRate, report.TokensSeen)), rest.History.Select(report => (report.Loss, report.GradientNorm, report.LearningRate, report.TokensSeen)));
        Assert.Equal(Weights.Bytes(whole), Weights.Bytes(second));
        Assert.Equal(expected.BestScore, rest.BestScore);
        // Buffers too: calls were counted in training only.
        Assert.Equal(40, second.Calls);
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void An_interrupted_run_with_a_mean_of_the_weights_ends_in_the_same_bits(Precision precision)
    {
        using var folder = new ScratchFolder();
        var averaged = options with { AverageDecay = 0.9, UnfreezeEvery = 6, LayerDecay = 0.5, Precision = precision };
        using var whole = new TinyObjective(dropout: 0.2);
        var expected = Run(averaged, whole, null);
        using var first = new TinyObjective(dropout: 0.2);
        Run(averaged, first, folder["run"], cancelAt: 10);
        using var second = new TinyObjective(dropout: 0.2, seed: 99);
        var rest = Run(averaged, second, folder["run"]);

        Assert.Equal(Weights.Bytes(whole), Weights.Bytes(second));
        Assert.Equal(expected.Scores, rest.Scores);
        using var third = new TinyObjective(seed: 98);
        Run(averaged, third, folder["run"]);
        Assert.Equal(Weights.Bytes(whole), Weights.Bytes(third));
    }

    [Fact]
    public void A_run_without_an_option_is_not_continued_from_one_with_it()
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        Run(options with { AverageDecay = 0.9 }, objective, folder["run"], cancelAt: 8);
        Assert.Contains("'average_decay' = 0.9 and this run has absent", Assert.Throws<BadInputException>(() => Run(options, objective, folder["run"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_goes_on_after_every_interruption()
    {
        using var folder = new ScratchFolder();
        using var whole = new TinyObjective(dropout: 0.2);
        Run(options, whole, null);
        using var objective = new TinyObjective(dropout: 0.2);
        foreach (var step in new long[] { 1, 4, 5, 19 })
        {
            Assert.Equal(step, Run(options, objective, folder["run"], cancelAt: step).Step);
        }

        Run(options, objective, folder["run"]);

        Assert.Equal(Weights.Bytes(whole), Weights.Bytes(objective));
    }

    [Fact]
    public void A_cancelled_evaluation_is_made_up_for()
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        using var cancellation = new CancellationTokenSource();
        var evaluator = new CancellingEvaluator(cancellation);
        var half = new Trainer(options).Run(objective, new TinyData(4), evaluator, folder["run"], cancellation.Token);
        var observer = new RecordingObserver();
        var rest = new Trainer(options, [observer]).Train(objective, new TinyData(4), new LossEvaluator(new TinyData(4), 2), folder["run"]);

        Assert.Equal(4, half.Step);
        Assert.Empty(half.Evaluations);
        Assert.Equal([4, 8, 12, 16, 20], rest.Evaluations.Select(evaluation => evaluation.Step));
    }

    [Fact]
    public void A_finished_run_does_not_train_again()
    {
        using var folder = new ScratchFolder();
        using var first = new TinyObjective();
        var done = Run(options, first, folder["run"]);
        using var second = new TinyObjective(seed: 2);
        var again = Run(options, second, folder["run"]);

        Assert.Equal(20, again.Step);
        Assert.Empty(again.History);
        Assert.Equal(done.LastLoss, again.LastLoss);
        Assert.Equal(Weights.Bytes(first), Weights.Bytes(second));
    }

    [Fact]
    public void The_newest_snapshot_and_the_one_before_it_are_kept()
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        Run(options with { SnapshotEvery = 2 }, objective, folder["run"], cancelAt: 8);

        Assert.Equal(["step-000000000006", "step-000000000008"], Directory.GetDirectories(Snapshots(folder)).Select(place => Path.GetFileName(place)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_crash_while_writing_leaves_the_last_snapshot()
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        Run(options, objective, folder["run"], cancelAt: 8);
        var unfinished = Directory.CreateDirectory(Path.Combine(Snapshots(folder), ".unfinished-abc"));
        File.WriteAllText(Path.Combine(unfinished.FullName, "weights.safetensors"), "half a fi");

        Assert.Equal(12, Run(options, objective, folder["run"], cancelAt: 12).Step);
        Assert.False(Directory.Exists(unfinished.FullName));
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("snapshot.json")]
    public void A_damaged_snapshot_is_refused(string name)
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        Run(options, objective, folder["run"], cancelAt: 8);
        var file = Path.Combine(Assert.Single(Directory.GetDirectories(Snapshots(folder))), name);
        var bytes = File.ReadAllBytes(file);
        var before = Weights.Bytes(objective);
        foreach (var damaged in new[] { bytes[..^3], Flipped(bytes), [] })
        {
            File.WriteAllBytes(file, damaged);
            Assert.Contains("damaged", Assert.ThrowsAny<BadInputException>(() => Run(options, objective, folder["run"])).Message, StringComparison.Ordinal);
        }

        File.Delete(file);
        Assert.ThrowsAny<BadInputException>(() => Run(options, objective, folder["run"]));
        Assert.Equal(before, Weights.Bytes(objective));

        static byte[] Flipped(byte[] bytes)
        {
            var copy = bytes.ToArray();
            copy[0] ^= 0x40;
            return copy;
        }
    }

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("optimizer.safetensors")]
    [InlineData("snapshot.json")]
    public void A_damaged_snapshot_is_passed_over_for_the_one_before_it(string name)
    {
        using var folder = new ScratchFolder();
        using var whole = new TinyObjective(dropout: 0.2);
        Run(options, whole, null);
        using var objective = new TinyObjective(dropout: 0.2);
        Run(options with { SnapshotEvery = 3 }, objective, folder["run"], cancelAt: 8);
        string[] places = [.. Directory.GetDirectories(Snapshots(folder)).Order(StringComparer.Ordinal)];
        Assert.Equal(["step-000000000006", "step-000000000008"], places.Select(place => Path.GetFileName(place)));

        var file = Path.Combine(places[1], name);
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^2]);
        var logger = new RecordingLogger();
        var rest = new Trainer(options, logger: logger).Train(objective, new TinyData(4), new LossEvaluator(new TinyData(4), 2), folder["run"]);

        Assert.Equal(7, rest.History[0].Step);
        Assert.Contains(places[1], Assert.Single(logger.Messages), StringComparison.Ordinal);
        Assert.Equal(Weights.Bytes(whole), Weights.Bytes(objective));
        Assert.Equal(["step-000000000006", "step-000000000020"], Directory.GetDirectories(Snapshots(folder)).Select(place => Path.GetFileName(place)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_changed_number_beside_the_tensors_is_damage_too()
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        Run(options with { SnapshotEvery = 3 }, objective, folder["run"], cancelAt: 8);
        var state = Path.Combine(Directory.GetDirectories(Snapshots(folder)).Max(StringComparer.Ordinal)!, "snapshot.json");
        File.WriteAllText(state, File.ReadAllText(state).Replace("\"evaluated_step\": 4", "\"evaluated_step\": 5", StringComparison.Ordinal));

        Assert.Equal(7, Run(options, objective, folder["run"], cancelAt: 9).History[0].Step);
    }

    [Fact]
    public void A_run_that_is_over_still_knows_its_scores()
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        var first = Run(options, objective, folder["run"]);
        var again = Run(options, objective, folder["run"]);

        Assert.Empty(again.Evaluations);
        Assert.Equal(first.Evaluations[^1].Scores, again.Scores);
        Assert.Equal(first.Scores, again.Scores);
    }

    [Fact]
    public void Another_run_is_refused_by_the_name_of_the_option()
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        Run(options, objective, folder["run"], cancelAt: 8);

        AssertRefused(options with { Seed = 6 }, "'seed' = 5 and this run has 6");
        AssertRefused(options with { Optimizer = new AdamWOptions { LearningRate = 0.03, WeightDecay = 0.1 } }, "'optimizer.learning_rate'");
        AssertRefused(options with { Optimizer = new LionOptions() }, "'optimizer.");
        AssertRefused(options with { Schedule = new() }, "'schedule.");
        Assert.Equal(9, Run(options with { ReportEvery = 3, SnapshotEvery = 1, Name = "other" }, objective, folder["run"], cancelAt: 9).Step);

        void AssertRefused(TrainerOptions other, string words) =>
            Assert.Contains(words, Assert.Throws<BadInputException>(() => Run(other, objective, folder["run"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_data_and_other_models_are_refused()
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        Run(options, objective, folder["run"], cancelAt: 8);

        Assert.Contains("999", Assert.Throws<BadInputException>(() => new Trainer(options).Train(objective, new TinyData(2, 999), folder: folder["run"])).Message, StringComparison.Ordinal);
        using var other = new OtherObjective();
        Assert.Contains("another model", Assert.ThrowsAny<BadInputException>(() => new Trainer(options).Train(other, new TinyData(2), folder: folder["run"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_runs_do_not_share_a_folder()
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        using var other = new TinyObjective();
        PlinthException? refused = null;
        var observer = new RecordingObserver
        {
            OnStep = report => refused ??= Assert.ThrowsAny<PlinthException>(() => new Trainer(options).Train(other, new TinyData(2), folder: folder["run"])),
        };
        new Trainer(options, [observer]).Train(objective, new TinyData(2), folder: folder["run"]);

        Assert.Contains("another run", refused!.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_snapshot_says_what_it_is()
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        Run(options, objective, folder["run"], cancelAt: 8);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(Assert.Single(Directory.GetDirectories(Snapshots(folder))), "snapshot.json")))!;

        Assert.Equal(8, (long)json["step"]!);
        Assert.Equal("5", (string)json["options"]!["seed"]!);
        Assert.True((int)json["thread_count"]! > 0);
    }

    private static string Snapshots(ScratchFolder folder) => Path.Combine(folder["run"], "snapshot");

    private static TrainingResult Run(TrainerOptions options, TinyObjective objective, string? folder, long? cancelAt = null)
    {
        using var cancellation = new CancellationTokenSource();
        var observer = new RecordingObserver
        {
            OnStep = report =>
            {
                if (report.Step == cancelAt)
                {
                    cancellation.Cancel();
                }
            },
        };
        // Reports come every step wherever a step is to be cancelled.
        return new Trainer(options with { ReportEvery = cancelAt is null ? options.ReportEvery : 1 }, [observer])
            .Run(objective, new TinyData(4), new LossEvaluator(new TinyData(4), 2), folder, cancellation.Token);
    }

    private sealed class CancellingEvaluator(CancellationTokenSource source) : IEvaluator
    {
        public string Criterion => "loss";

        public bool IsHigherBetter => false;

        public IReadOnlyDictionary<string, double> Evaluate(Objective objective, TorchSharp.torch.Device device, CancellationToken cancellation)
        {
            source.Cancel();
            cancellation.ThrowIfCancellationRequested();
            return new Dictionary<string, double> { ["loss"] = 0 };
        }
    }

    private sealed class OtherObjective : Objective
    {
        private readonly TorchSharp.Modules.Linear layer = TorchSharp.torch.nn.Linear(2, 2);

        public OtherObjective()
            : base(nameof(OtherObjective)) => RegisterComponents();

        public override Model Model => throw new NotSupportedException();

        public override IReadOnlyList<LossTerm> Compute(Batch batch) => [new("none", layer.forward(TorchSharp.torch.ones(1, 2)).sum())];
    }
}
