using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Pipelines;
using Plinth.Training.Observers;

namespace Plinth.Tests.Recipes;

/// <summary>Whole runs on the smoke recipes: pre-train, fine-tune in all three ways, evaluate, answer, go on after an interruption.</summary>
public sealed class RunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_pretrained_checkpoint_is_adapted_in_every_way_and_answers()
    {
        var pretrained = Pretraining.Run(Pretrain("bert"), cancellation: TestContext.Current.CancellationToken);
        Assert.True(pretrained.Training.History[^1].Loss < pretrained.Training.History[0].Loss);
        foreach (var kind in (string[])["full", "head_only", "low_rank"])
        {
            var tuned = Finetuning.Run(RecipeReader.Read<FinetuningRecipe>(Smoke("smoke-classification.yaml"),
            [
                $"folder={folder.Path(kind)}", $"checkpoint={pretrained.Files.Checkpoint}", $"adaptation.kind={kind}",
                $"data.train={Smoke("smoke.csv")}", $"data.validation={Smoke("smoke.csv")}",
                // Enough that rounding, which differs between machines and numbers of threads, does not decide; a few small matrices need more steps than all weights.
                $"training.epochs={(kind == "low_rank" ? 60 : 20)}", $"training.learning_rate={(kind == "low_rank" ? "1e-2" : "3e-3")}",
            ]), cancellation: TestContext.Current.CancellationToken);
            Assert.True(kind == "head_only" ? IsHeadAlone(tuned) : tuned.Scores["accuracy"] > 0.8, $"{kind}: {tuned.Scores["accuracy"]}");
            var again = TaskEvaluation.Run("text_classification", tuned.Files.Checkpoint, Smoke("smoke.csv"), new() { Label = "label" });
            Assert.Equal(tuned.Scores["accuracy"], again["accuracy"], 1e-9);
            using var pipeline = TaskPipeline.Load("text-classification", tuned.Files.Checkpoint);
            string[][] rows = [.. File.ReadLines(Smoke("smoke.csv")).Skip(1).Select(row => row.Split(','))];
            var right = rows.Count(row => ((LabelScores)pipeline.Answer(new TextSample(row[0]), TestContext.Current.CancellationToken)).Labels[0].Label == row[1]);
            Assert.Equal(tuned.Scores["accuracy"], (double)right / rows.Length, 1e-9);
        }
    }

    [Fact]
    public void An_interrupted_run_goes_on_to_the_same_weights()
    {
        var whole = Pretraining.Run(Pretrain("whole"), cancellation: TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Pretraining.Run(Pretrain("parts"), [new StopAt(11, stop)], cancellation: stop.Token));
        var parts = Pretraining.Run(Pretrain("parts"), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole.Files.Checkpoint, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(parts.Files.Checkpoint, "model.safetensors")));
    }

    [Theory]
    [InlineData("muon")]
    [InlineData("lion")]
    public void The_optimizer_is_named_by_the_recipe_and_goes_on_too(string name)
    {
        var plain = Pretraining.Run(Pretrain("plain"), cancellation: TestContext.Current.CancellationToken);
        string[] more = [$"training.optimizer.type={name}", "training.learning_rate=2e-3"];
        var whole = Pretraining.Run(Pretrain("whole", more), cancellation: TestContext.Current.CancellationToken);
        Assert.True(whole.Training.History[^1].Loss < whole.Training.History[0].Loss);
        Assert.NotEqual(plain.Training.LastLoss, whole.Training.LastLoss);

        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Pretraining.Run(Pretrain("parts", more), [new StopAt(11, stop)], cancellation: stop.Token));
        var parts = Pretraining.Run(Pretrain("parts", more), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole.Files.Checkpoint, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(parts.Files.Checkpoint, "model.safetensors")));
    }

    [Theory]
    [InlineData("training.device=tpu", "'device' is")]
    [InlineData("training.device=cuda:99", "'device' is")]
    [InlineData("training.optimizer.type=newton", "muon")]
    [InlineData("training.optimizer.type=lion training.beta2=0.9", "training.beta2")]
    [InlineData("training.optimizer.type=muon training.optimizer.moment=0.9", "moment")]
    [InlineData("training.optimizer.type=muon training.optimizer.momentum=1.5", "momentum")]
    public void A_device_or_optimizer_that_does_not_exist_or_fit_is_refused_by_name(string settings, string named) =>
        IsRefused(settings, named);

    [Fact]
    public void A_rate_carries_over_to_another_width_and_is_the_same_at_its_own()
    {
        var plain = Pretraining.Run(Pretrain("plain"), cancellation: TestContext.Current.CancellationToken);
        var same = Pretraining.Run(Pretrain("same", "width_transfer.hidden_size=32"), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(plain.Training.History.Select(report => report.Loss), same.Training.History.Select(report => report.Loss));
        var wide = Pretraining.Run(Pretrain("wide", "model.hidden_size=64", "width_transfer.hidden_size=32"), cancellation: TestContext.Current.CancellationToken);
        var untold = Pretraining.Run(Pretrain("untold", "model.hidden_size=64"), cancellation: TestContext.Current.CancellationToken);
        Assert.NotEqual(untold.Training.LastLoss, wide.Training.LastLoss);
        Assert.True(wide.Training.History[^1].Loss < wide.Training.History[0].Loss);
        Assert.Equal(32, RecipeReader.Read<PretrainingRecipe>(wide.Files.Recipe).WidthTransfer!.HiddenSize);
    }

    [Theory]
    [InlineData("width_transfer.hidden_size=0", "hidden_size = 0")]
    [InlineData("width_transfer.hidden_size=16 width_transfer.head_count=2", "Write both, or neither")]
    [InlineData("width_transfer.hidden_size=16 model.head_count=2", "write width_transfer.head_count")]
    [InlineData("width_transfer.hidden_size=16 training.learning_rate=null", "training.learning_rate")]
    [InlineData("width_transfer.hidden_size=16 training.optimizer.type=muon", "adamw, adam and lion")]
    [InlineData("width_transfer.hidden_size=16 training.optimizer.type=adam", "weight_decay: 0")]
    [InlineData("width_transfer.hidden_size=16 model.config.intermediate_size=128", "width_transfer.config")]
    public void A_width_that_a_rate_cannot_carry_over_to_is_refused(string settings, string named) =>
        IsRefused(settings, named);

    [Fact]
    public void A_smaller_model_learns_from_a_larger_one_and_goes_on_after_an_interruption()
    {
        var large = Pretraining.Run(Pretrain("large", "model.hidden_size=64", "training.steps=3"), cancellation: TestContext.Current.CancellationToken).Files.Checkpoint;
        string[] more = [$"distillation={{teacher: {large}, weight: 0.5}}", $"tokenizer.path={large}"];
        var whole = Pretraining.Run(Pretrain("whole", more), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["distillation", "masked_lm"], whole.Training.History[^1].Terms!.Keys.Order(StringComparer.Ordinal));
        Assert.DoesNotContain("distillation_loss", whole.Scores.Keys);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Pretraining.Run(Pretrain("parts", more), [new StopAt(11, stop)], cancellation: stop.Token));
        var parts = Pretraining.Run(Pretrain("parts", more), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(whole.Files.Checkpoint, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(parts.Files.Checkpoint, "model.safetensors")));

        void Refused(string named, params string[] changes) => Assert.Contains(
            named, Assert.ThrowsAny<PlinthException>(() => Pretraining.Run(Pretrain("refused", [.. more, .. changes]), cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Refused("temperature", "distillation.temperature=0");
        Refused("nowhere", "distillation.teacher=nowhere");
        Refused("at most 48 tokens", "model.maximum_length=64");
        Refused("tokenizer.path=", "tokenizer.path=null", "tokenizer.vocabulary_size=100");
        Refused("cannot be learnt from a teacher", "objective.type=masked_crops");
    }

    [Fact]
    public void A_run_leaves_its_recipe_log_and_checkpoints()
    {
        var run = Pretraining.Run(Pretrain("files"), cancellation: TestContext.Current.CancellationToken);
        var resolved = RecipeReader.Read<PretrainingRecipe>(run.Files.Recipe);
        Assert.Equal(30, resolved.Training.Steps);
        Assert.Equal(run.Training.Step, HistoryObserver.Load(run.Files.Log).Steps[^1].Step);
        Assert.True(File.Exists(Path.Combine(run.Files.Best, "config.json")));
        Assert.NotEmpty(Directory.GetFiles(run.Files.TensorBoard));
        Assert.True(TokenizerFiles.Exist(run.Files.Checkpoint));
    }

    [Fact]
    public void Whole_words_and_pairs_are_options_of_the_recipe()
    {
        var words = Pretraining.Run(Pretrain("words", "objective.whole_word=true", "training.steps=3"), cancellation: TestContext.Current.CancellationToken);
        Assert.True(double.IsFinite(words.Scores["loss"]));
        var text = Enumerable.Range(0, 30).Select(i => $"Sentence number {i} is here. It has a second part {i}. And a third one.").ToList();
        var recipe = Pretrain("pairs", "objective.type=bert_pretraining", "training.steps=3");
        var tokenizer = WordPieceTrainer.Train(text, new() { VocabularySize = 200 }, cancellation: TestContext.Current.CancellationToken);
        var pairs = Pretraining.Run(recipe, new CorpusSplit(text[..25], text[25..]), tokenizer, cancellation: TestContext.Current.CancellationToken);
        Assert.Contains("next_sentence_loss", pairs.Scores.Keys);
    }

    [Fact]
    public void A_form_that_does_not_go_with_the_objective_is_refused()
    {
        var error = Assert.Throws<RecipeException>(() => Pretraining.Run(Pretrain("form", "data.form=packed"), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("masked_lm", error.Message, StringComparison.Ordinal);
    }

    private void IsRefused(string settings, string named) =>
        Assert.Contains(named, Assert.ThrowsAny<PlinthException>(() => Pretraining.Run(Pretrain("refused", settings.Split(' ')), cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    // Of the head alone only the head is saved, over the pre-trained checkpoint.
    private static bool IsHeadAlone(RunResult tuned)
    {
        using var weights = SafetensorsFile.Open(Path.Combine(tuned.Files.Checkpoint, "adapter_model.safetensors"));
        return weights.Entries.Keys.Order(StringComparer.Ordinal).SequenceEqual(
            ["base_model.model.bert.pooler.dense.bias", "base_model.model.bert.pooler.dense.weight", "base_model.model.classifier.bias", "base_model.model.classifier.weight"]);
    }

    private static string Smoke(string file) => Path.Combine(Fixtures.Root, "recipes", "text", file);

    private PretrainingRecipe Pretrain(string name, params string[] overrides) => RecipeReader.Read<PretrainingRecipe>(
        Smoke("smoke-bert.yaml"), [$"folder={folder.Path(name)}", $"data.path={Smoke("smoke.csv")}", .. overrides]);
}
