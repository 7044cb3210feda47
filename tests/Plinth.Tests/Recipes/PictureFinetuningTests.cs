using System.Text.Json.Nodes;
using Plinth.Cli;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Vision;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Tests.Cli;

namespace Plinth.Tests.Recipes;

/// <summary>Pictures through the whole walk: a folder of classes, a recipe, a checkpoint, its score again, and <c>plinth run</c> on files.</summary>
public sealed class PictureFinetuningTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_classifier_is_built_trained_scored_and_run()
    {
        var pictures = Draw();
        var run = Finetuning.Run(Recipe(pictures), cancellation: TestContext.Current.CancellationToken);
        Assert.True(run.Scores["accuracy"] > 0.8, $"accuracy {run.Scores["accuracy"]}");
        Assert.Equal(run.Scores["accuracy"], TaskEvaluation.Run("image_classification", run.Files.Checkpoint, pictures, new())["accuracy"], 1e-9);

        await File.WriteAllTextAsync(Path.Combine(pictures, "notes.txt"), "no picture", TestContext.Current.CancellationToken);
        var (code, _, error) = await CommandLineTests.Run("run", "image-classification", run.Files.Checkpoint, pictures, "--output", folder.Path("out.csv"));
        Assert.True(code == ExitCodes.Success, error);
        using var source = RowFiles.Open(folder.Path("out.csv"));
        var rows = source.Rows().Select(row => row.Fields).ToList();
        Assert.Equal(24, rows.Count);
        var right = rows.Count(row => ((string)row["image"]!).StartsWith((string)row["label"]!, StringComparison.Ordinal));
        Assert.Equal(run.Scores["accuracy"], right / 24.0, 1e-9);

        var (one, output, _) = await CommandLineTests.Run("run", "image-classification", run.Files.Checkpoint, Path.Combine(pictures, (string)rows[0]["image"]!), "--json");
        Assert.Equal(ExitCodes.Success, one);
        Assert.Equal((string)rows[0]["label"]!, (string)JsonNode.Parse(output)!["label"]!);
    }

    [Fact]
    public async Task A_file_that_is_no_picture_is_named()
    {
        var run = Finetuning.Run(Recipe(Draw(), steps: 1), cancellation: TestContext.Current.CancellationToken);
        var (code, _, error) = await CommandLineTests.Run("run", "image-classification", run.Files.Checkpoint, run.Files.Scores);
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains(Path.GetFileName(run.Files.Scores), error, StringComparison.Ordinal);
        (code, _, error) = await CommandLineTests.Run("run", "text-classification", run.Files.Checkpoint, "a text");
        Assert.NotEqual(ExitCodes.Success, code);
        Assert.Contains("vit", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_background_of_a_recipe_goes_with_the_checkpoint_and_into_the_next_stage()
    {
        var pictures = Draw();
        var recipe = Recipe(pictures, steps: 1);
        var run = Finetuning.Run(recipe with { Data = recipe.Data with { Images = recipe.Data.Images! with { Background = RgbColor.White } } }, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(RgbColor.White, ImageProcessor.Load(run.Files.Checkpoint).Config.Background);

        var next = recipe with { Model = null, Checkpoint = run.Files.Checkpoint, Folder = folder.Path("next") };
        Assert.Equal(RgbColor.White, ImageProcessor.Load(Finetuning.Run(next, cancellation: TestContext.Current.CancellationToken).Files.Checkpoint).Config.Background);
        var other = next with { Folder = folder.Path("other"), Data = next.Data with { Images = next.Data.Images! with { Background = RgbColor.Black } } };
        Assert.Equal(RgbColor.Black, ImageProcessor.Load(Finetuning.Run(other, cancellation: TestContext.Current.CancellationToken).Files.Checkpoint).Config.Background);
    }

    [Fact]
    public void An_interrupted_run_sees_the_same_pictures_again()
    {
        var pictures = Draw();
        var whole = Finetuning.Run(Recipe(pictures, steps: 12), cancellation: TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var recipe = Recipe(pictures, steps: 12) with { Folder = folder.Path("again") };
        Assert.Throws<OperationCanceledException>(() => Finetuning.Run(recipe, [new StopAt(5, stop)], cancellation: stop.Token));
        var resumed = Finetuning.Run(recipe, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(whole.Scores, resumed.Scores);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Files.Checkpoint, "model.safetensors")), File.ReadAllBytes(Path.Combine(resumed.Files.Checkpoint, "model.safetensors")));
    }

    private string Draw()
    {
        var root = folder.Path("pictures");
        foreach (var (name, colour) in new[] { ("dark", 40), ("grey", 128), ("light", 215) })
        {
            Directory.CreateDirectory(Path.Combine(root, name));
            for (var i = 0; i < 8; i++)
            {
                var random = new Random((colour * 100) + i);
                var bytes = new byte[24 * 20 * 3];
                for (var at = 0; at < bytes.Length; at++)
                {
                    bytes[at] = (byte)(colour + random.Next(-30, 30));
                }

                File.WriteAllBytes(Path.Combine(root, name, $"{i}.png"), ImageEncoder.Png(new(24, 20, bytes)));
            }
        }

        return root;
    }

    private FinetuningRecipe Recipe(string pictures, int steps = 60)
    {
        var path = folder.Path("recipe.yaml");
        File.WriteAllText(path, $"""
            name: shades
            model: {"{"} family: vit, layer_count: 1, hidden_size: 32, head_count: 2, image_size: 16, patch_size: 8 {"}"}
            task: {"{"} type: image_classification {"}"}
            data:
              train: {pictures}
              test: {pictures}
              images:
                augmentations:
                  - {"{"} type: horizontal_flip {"}"}
                  - {"{"} type: random_affine, max_rotation: 5 {"}"}
            training: {"{"} steps: {steps}, batch_size: 8, learning_rate: 3e-3, evaluate_every: 100 {"}"}
            """);
        return RecipeReader.Read<FinetuningRecipe>(path, [$"folder={folder.Path("run")}"]);
    }
}
