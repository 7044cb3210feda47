using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.MultiTask;
using Plinth.Recipes.Records;
using Plinth.Training.Observers;
using static TorchSharp.torch;

namespace Plinth.Tests.Recipes;

/// <summary>Several tasks on one backbone, and learning from a teacher.</summary>
public sealed class MultiTaskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public MultiTaskTests()
    {
        Pretraining.Run(
            RecipeReader.Read<PretrainingRecipe>(Smoke("smoke-bert.yaml"), [$"folder={folder.Path("base")}", $"data.path={Smoke("smoke.csv")}", "training.steps=2", "model.layer_count=1"]),
            cancellation: TestContext.Current.CancellationToken);
        // Two easy tasks on the same texts, of words that the tokenizer knows and that are equally long: which word comes first, and which second.
        string[] words = ["what", "this", "they"];
        var texts = Enumerable.Range(0, 48).Select(i => $"{words[i % 3]} {(i % 2 == 0 ? "door" : "book")}").ToList();
        File.WriteAllLines(folder.Path("first.csv"), texts.Select((text, i) => $"{text},{words[i % 3]}").Prepend("text,label"));
        File.WriteAllLines(folder.Path("second.csv"), texts.Select((text, i) => $"{text},{(i % 2 == 0 ? "wet" : "dry")}").Prepend("text,label"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Two_tasks_are_learnt_by_one_backbone_and_a_run_that_was_ended_goes_on_to_the_same_bits()
    {
        var whole = MultiTaskFinetuning.Run(Joint("whole"), cancellation: TestContext.Current.CancellationToken);
        double Mean(IEnumerable<StepReport> reports) => reports.Average(report => report.Loss);
        Assert.True(Mean(whole.Training.History.TakeLast(20)) < 0.9 * Mean(whole.Training.History.Take(20)));
        Assert.Equal((whole.Scores["which_accuracy"] + whole.Scores["wet_accuracy"]) / 2, whole.Scores["mean_score"], 1e-9);
        Assert.Equal(["wet", "which"], whole.Training.History[^1].Terms!.Keys.Order(StringComparer.Ordinal));

        using (var which = WeightFiles.Open(Path.Combine(whole.Files.Checkpoint, "which")))
        using (var wet = WeightFiles.Open(Path.Combine(whole.Files.Checkpoint, "wet")))
        {
            const string Shared = "bert.encoder.layer.0.output.dense.weight";
            Assert.True(which.Read(Shared).equal(wet.Read(Shared)).all().item<bool>());
            Assert.Equal(3, which.Entries["classifier.weight"].Shape[0]);
            Assert.Equal(2, wet.Entries["classifier.weight"].Shape[0]);
        }

        var scored = TaskEvaluation.Run("text_classification", Path.Combine(whole.Files.Checkpoint, "which"), folder.Path("first.csv"), new() { Label = "label" });
        Assert.Equal(whole.Scores["which_accuracy"], scored["accuracy"], 1e-9);

        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => MultiTaskFinetuning.Run(Joint("parts"), [new StopAt(20, stop)], cancellation: stop.Token));
        var parts = MultiTaskFinetuning.Run(Joint("parts"), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Files.Checkpoint, "wet", "model.safetensors")), File.ReadAllBytes(Path.Combine(parts.Files.Checkpoint, "wet", "model.safetensors")));
    }

    [Fact]
    public void A_batch_that_fits_no_machine_is_refused() =>
        Assert.Contains("training.batch_size", Assert.Throws<RecipeException>(() =>
            MultiTaskFinetuning.Run(Joint("large", "training.batch_size=1000000000"), cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    [Fact]
    public void Batches_are_mixed_by_weight_and_each_task_sees_its_own_in_order()
    {
        var mixed = new TaskBatches([new Numbered(), new Numbered(), new Numbered()], [6, 3, 1], 7);
        (int Task, long Number)[] seen = [.. Enumerable.Range(0, 256).Select(i => mixed.At(i)).Select(batch => (batch.TaskNumber, ((TextBatch)batch).InputIds.item<long>()))];
        Assert.All(seen.GroupBy(batch => batch.Task), task => Assert.Equal(((double[])[0.6, 0.3, 0.1])[task.Key], task.Count() / 256.0, 1.0 / 128));
        Assert.All(seen.GroupBy(batch => batch.Task), task => Assert.Equal(Enumerable.Range(0, task.Count()).Select(i => (long)i), task.Select(batch => batch.Number)));
        // Spread, not in blocks.
        Assert.All(Enumerable.Range(0, 234), i => Assert.Contains(2, seen.Skip(i).Take(22).Select(batch => batch.Task)));
    }

    [Theory]
    [InlineData("low_rank", true)]
    [InlineData("prefix", true)]
    [InlineData("head_only", false)]
    public void Tasks_share_one_adapter_and_keep_their_heads(string kind, bool changesBackbone)
    {
        // With dropout, so that a difference between how answers are taken in training and after it would show.
        var run = MultiTaskFinetuning.Run(Joint(kind, $"adaptation={{kind: {kind}, dropout: 0.1, virtual_tokens: 4}}", "training.learning_rate=1e-2", "training.steps=60"), cancellation: TestContext.Current.CancellationToken);
        if (kind == "low_rank")
        {
            Assert.True(run.Training.History.TakeLast(10).Average(report => report.Loss) < 0.9 * run.Training.History.Take(10).Average(report => report.Loss));
        }

        var parts = new[] { "which", "wet" }.ToDictionary(name => name, name => Path.Combine(run.Files.Checkpoint, name));
        using (var which = SafetensorsFile.Open(Path.Combine(parts["which"], "adapter_model.safetensors")))
        using (var wet = SafetensorsFile.Open(Path.Combine(parts["wet"], "adapter_model.safetensors")))
        {
            Assert.Equal(which.Entries.Keys.Order(StringComparer.Ordinal), wet.Entries.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(changesBackbone, which.Entries.Keys.Any(name => !name.Contains("classifier", StringComparison.Ordinal) && !name.Contains("pooler", StringComparison.Ordinal)));
            Assert.All(which.Entries.Keys, name => Assert.Equal(
                !name.Contains("classifier", StringComparison.Ordinal) && !name.Contains("pooler", StringComparison.Ordinal),
                which.Entries[name].Shape.SequenceEqual(wet.Entries[name].Shape) && which.Read(name).equal(wet.Read(name)).all().item<bool>()));
        }

        foreach (var (name, file) in new[] { ("which", "first.csv"), ("wet", "second.csv") })
        {
            var scored = TaskEvaluation.Run("text_classification", parts[name], folder.Path(file), new() { Label = "label" });
            Assert.Equal(run.Scores[$"{name}_accuracy"], scored["accuracy"], 1e-9);
            Assert.True(File.Exists(run.Files.TestOf(name)));
        }
    }

    [Fact]
    public void The_run_leaves_a_record_and_a_card_and_both_are_verified()
    {
        var run = MultiTaskFinetuning.Run(Joint("recorded", "adaptation.kind=low_rank", "training.steps=24", "tasks[1].task.calibration={}"), cancellation: TestContext.Current.CancellationToken);
        var record = RunRecord.Load(run.Files.Folder);
        Assert.Equal(("bert", "text_classification", 24), (record.ModelType, record.Task, record.Steps));
        Assert.Equal(
            ["checkpoint", "tasks[0].data.train", "tasks[0].data.validation", "tasks[1].data.train", "tasks[1].data.validation"], record.Data.Select(data => data.Key).Order(StringComparer.Ordinal));
        Assert.Contains("which/adapter_model.safetensors", record.Files.Keys);
        Assert.Contains("wet_temperature", record.Scores.Keys);
        Assert.True(File.Exists(Path.Combine(run.Files.Checkpoint, "wet", "calibration.json")));
        Assert.Contains("adapted to `text_classification`", File.ReadAllText(Path.Combine(run.Files.Checkpoint, "README.md")), StringComparison.Ordinal);
        var checks = RunVerification.Run(run.Files.Folder, cancellation: TestContext.Current.CancellationToken);
        Assert.All(checks, check => Assert.True(check.Holds == true, $"{check.Name}: {check.Detail}"));
        Assert.Contains(checks, check => check.Name == "first steps");
    }

    [Fact]
    public void A_run_with_adapters_that_was_ended_goes_on_to_the_same_bits()
    {
        string[] changes = ["adaptation.kind=low_rank", "training.steps=24"];
        var whole = MultiTaskFinetuning.Run(Joint("whole", changes), cancellation: TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => MultiTaskFinetuning.Run(Joint("parts", changes), [new StopAt(10, stop)], cancellation: stop.Token));
        var parts = MultiTaskFinetuning.Run(Joint("parts", changes), cancellation: TestContext.Current.CancellationToken);
        string Weights(RunResult run) => Convert.ToHexString(File.ReadAllBytes(Path.Combine(run.Files.Checkpoint, "wet", "adapter_model.safetensors")));
        Assert.Equal(Weights(whole), Weights(parts));
    }

    [Theory]
    [InlineData("tasks[0].name=../up", "../up")]
    [InlineData("tasks[0].name=wet", "name of its own")]
    [InlineData("tasks[1].weight=0", "weight")]
    [InlineData("tasks=[]", "0 tasks")]
    [InlineData("adaptation={kind: low_rank, rank: 0}", "rank")]
    public void A_recipe_that_cannot_be_is_refused(string change, string named) =>
        Assert.Contains(named, Assert.Throws<RecipeException>(() => MultiTaskFinetuning.Run(Joint("refused", change), cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_student_learns_what_its_teacher_knows_from_no_true_label()
    {
        var teacher = Finetuning.Run(Single("teacher"), cancellation: TestContext.Current.CancellationToken);
        Assert.True(teacher.Scores["accuracy"] > 0.9);
        // Labels that say nothing; all is learnt of the teacher.
        File.WriteAllLines(folder.Path("noise.csv"), File.ReadLines(folder.Path("second.csv")).Skip(1).Select((line, i) => $"{line.Split(',')[0]},{(i / 2 % 2 == 0 ? "wet" : "dry")}").Prepend("text,label"));
        var student = Finetuning.Run(
            Single("student", $"distillation={{teacher: {teacher.Files.Checkpoint}, weight: 1}}", $"data.train={folder.Path("noise.csv")}", $"data.validation={folder.Path("second.csv")}"),
            cancellation: TestContext.Current.CancellationToken);
        Assert.True(student.Scores["accuracy"] > 0.9, $"{student.Scores["accuracy"]}");
        using var weights = WeightFiles.Open(student.Files.Checkpoint);
        Assert.DoesNotContain(weights.Entries.Keys, name => name.Contains("teacher", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("distillation", student.Training.History[^1].Terms!.Keys);
    }

    [Fact]
    public void A_teacher_that_does_not_fit_is_refused()
    {
        var teacher = $"distillation.teacher={Finetuning.Run(Single("teacher", "training.steps=1"), cancellation: TestContext.Current.CancellationToken).Files.Checkpoint}";
        void Refused(string named, params string[] changes) => Assert.Contains(
            named, Assert.ThrowsAny<PlinthException>(() => Finetuning.Run(Single("refused", changes), cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Refused("temperature", teacher, "distillation.temperature=0");
        Refused("nowhere", "distillation.teacher=nowhere");
        Refused("classes", teacher, $"data.train={folder.Path("first.csv")}", $"data.validation={folder.Path("first.csv")}");
    }

    [Fact]
    public void A_language_model_learns_from_a_teacher_in_pieces_as_in_one()
    {
        var family = ModelCatalog.Families["gpt2"];
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var student = new Model(family, family.Shape(new(1, 16, 2, 31, 16)), HeadKind.CausalLanguageModeling);
        using var other = new Model(family, family.Shape(new(1, 32, 2, 31, 16)), HeadKind.CausalLanguageModeling);
        var teacher = new Plinth.Layers.Distillation.Teacher(other, 2, 0.5);
        var batch = new TextBatch { InputIds = randint(0, 31, [2, 9], ScalarType.Int64) };
        var targets = stack([arange(0, 12, ScalarType.Int64), randint(0, 31, [12], ScalarType.Int64)], 1);
        var hidden = student.Backbone.Run(batch).Hidden;
        var answers = other.Logits(batch).detach().reshape(-1, 31);
        Tensor Loss(long peak) => Plinth.Layers.Losses.VocabularyLoss.Compared(student, hidden, targets, (logits, start) => teacher.Loss(logits, answers.narrow(0, start, logits.size(0))), peak);
        var (whole, pieces) = (Loss(1 << 20), Loss(93));
        Assert.Equal(whole.item<float>(), pieces.item<float>(), 1e-3f);
        var weights = student.parameters().ToArray();
        var (first, second) = (autograd.grad([whole], weights, retain_graph: true, allow_unused: true), autograd.grad([pieces], weights, allow_unused: true));
        Assert.All(first.Zip(second), pair => Assert.True(pair.First is { IsInvalid: false } ? (pair.First - pair.Second).abs().max().item<float>() < 1e-4f : pair.Second is not { IsInvalid: false }));
    }

    private static string Smoke(string file) => Path.Combine(Fixtures.Root, "recipes", "text", file);

    private MultiTaskRecipe Joint(string name, params string[] changes) => RecipeReader.ReadText<MultiTaskRecipe>(
        $"""
        name: joint
        folder: {folder.Path(name)}
        checkpoint: {folder.Path("base", "checkpoint")}
        tasks:
          - name: which
            task: {"{"} type: text_classification {"}"}
            data: {"{"} train: {folder.Path("first.csv")}, validation: {folder.Path("first.csv")} {"}"}
          - name: wet
            weight: 0.5
            task: {"{"} type: text_classification, label_smoothing: 0.05 {"}"}
            data: {"{"} train: {folder.Path("second.csv")}, validation: {folder.Path("second.csv")} {"}"}
        training: {"{"} steps: 90, batch_size: 8, learning_rate: 5e-3 {"}"}
        """, "joint.yaml", changes);

    private FinetuningRecipe Single(string name, params string[] changes) => RecipeReader.ReadText<FinetuningRecipe>(
        $"""
        name: single
        folder: {folder.Path(name)}
        checkpoint: {folder.Path("base", "checkpoint")}
        task: {"{"} type: text_classification {"}"}
        data: {"{"} train: {folder.Path("second.csv")}, validation: {folder.Path("second.csv")} {"}"}
        training: {"{"} steps: 60, batch_size: 8, learning_rate: 1e-2 {"}"}
        """, "single.yaml", changes);

    private sealed class Numbered : IBatchSource
    {
        public long BatchesPerEpoch => 10;

        public Batch At(long index) => new TextBatch { InputIds = tensor(index).view(1, 1) };
    }
}
