using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Data.Vision;
using Plinth.Models;
using Plinth.Recipes;
using Plinth.Recipes.Binding;

namespace Plinth.Tests.Recipes;

/// <summary>Pictures through pre-training: a set, a recipe, a checkpoint with its processor, and going on after an interruption.</summary>
public sealed class PicturePretrainingTests : IDisposable
{
    private const string Hidden = "masked_autoencoding", Taught = "self_distillation, local_count: 2, output_size: 32, inner_size: 32, bottleneck_size: 8",
        Captioned = "image_text_contrastive, sub_batch: 3";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("vit_mae", Hidden)]
    [InlineData("vit", Taught)]
    [InlineData("clip", Captioned)]
    [InlineData("siglip", Captioned)]
    public void An_interrupted_run_goes_on_to_the_same_weights(string family, string objective)
    {
        var whole = Pretraining.Run(Recipe(family, objective, "whole"), cancellation: TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var recipe = Recipe(family, objective, "parts");
        Assert.Throws<OperationCanceledException>(() => Pretraining.Run(recipe, [new StopAt(3, stop)], cancellation: stop.Token));
        var parts = Pretraining.Run(recipe, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(whole.Scores, parts.Scores);
        Assert.True(double.IsFinite(whole.Scores["loss"]));
        // None of these losses is a likelihood of data.
        Assert.False(whole.Scores.ContainsKey("perplexity"));
        // What the model can do already is measured on what is held out, a quarter of 24.
        Assert.Equal(objective == Captioned ? 6 : 0, whole.Scores.GetValueOrDefault("pictures"));
        Assert.Equal(objective == Captioned, whole.Scores.ContainsKey("text_to_image_recall_at_10"));
        Assert.Equal(Weights(whole), Weights(parts));
    }

    [Theory]
    [InlineData("vit_mae", Hidden, false)]
    [InlineData("vit", Taught, false)]
    [InlineData("clip", Captioned, true)]
    public void A_checkpoint_holds_the_model_alone_with_what_makes_its_input(string family, string objective, bool reads)
    {
        var run = Pretraining.Run(Recipe(family, objective, "run"), cancellation: TestContext.Current.CancellationToken);
        using var loaded = Checkpoint.Load(run.Files.Checkpoint, ModelCatalog.Families).Model;
        Assert.Equal(family, loaded.Family.ModelType);
        Assert.Equal(new ExactSize(16, 16), ImageProcessor.Load(run.Files.Checkpoint).Config.Size);
        Assert.Equal(reads, TokenizerFiles.Exist(run.Files.Checkpoint));
        using var file = SafetensorsFile.Open(Path.Combine(run.Files.Checkpoint, "model.safetensors"));
        Assert.DoesNotContain(file.Entries.Keys, name => name.Contains("teacher", StringComparison.OrdinalIgnoreCase) || name.Contains("prototypes", StringComparison.Ordinal));
    }

    [Fact]
    public void The_log_says_how_the_loader_kept_up()
    {
        var log = new Lines();
        Pretraining.Run(Recipe("vit_mae", Hidden, "log"), logger: log, cancellation: TestContext.Current.CancellationToken);
        Assert.Contains(log.All, line => line.Contains("waiting", StringComparison.Ordinal));
    }

    [Fact]
    public void Parts_that_do_not_go_together_are_refused()
    {
        Assert.Contains("masked_lm", Refused(Recipe("vit", "masked_lm", "a")), StringComparison.Ordinal);
        Assert.Contains("self_distillation", Refused(Recipe("bert", Taught, "b")), StringComparison.Ordinal);
        Assert.Contains("image_text_contrastive", Refused(Recipe("vit", Captioned, "c")), StringComparison.Ordinal);
    }

    private static string Refused(PretrainingRecipe recipe) => Assert.Throws<RecipeException>(() => Pretraining.Run(recipe)).Message;

    private static byte[] Weights(RunResult run) => File.ReadAllBytes(Path.Combine(run.Files.Checkpoint, "model.safetensors"));

    private PretrainingRecipe Recipe(string family, string objective, string name)
    {
        var path = folder.Path("recipe.yaml");
        var scenes = folder.Path("scenes");
        if (!Directory.Exists(scenes))
        {
            new DrawnScenes(new() { Seed = 1, Side = 24 }).Write(scenes, new Dictionary<SceneSplit, int> { [SceneSplit.Train] = 24 });
        }

        var table = Directory.GetFiles(scenes, "metadata.jsonl", SearchOption.AllDirectories)[0];
        File.WriteAllText(path, $"""
            name: pictures
            model: {"{"} family: {family}, layer_count: 1, hidden_size: 32, head_count: 2, image_size: 16, patch_size: 8, maximum_length: 16 {"}"}
            tokenizer: {"{"} vocabulary_size: 100 {"}"}
            objective: {"{"} type: {objective} {"}"}
            data:
              path: {table}
              validation_share: 0.25
              images:
                columns: {"{"} image: file_name, captions: captions {"}"}
                augmentations: [{"{"} type: horizontal_flip {"}"}]
            training: {"{"} steps: 6, batch_size: 6, accumulation: 2, learning_rate: 1e-3 {"}"}
            """);
        return RecipeReader.Read<PretrainingRecipe>(path, [$"folder={folder.Path(name)}"]);
    }

    private sealed class Lines : ILogger
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => All.Add(formatter(state, exception));
    }
}
