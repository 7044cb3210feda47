using System.Text.Json.Nodes;
using Plinth.Cli;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Vision;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Tests.Cli;
using Plinth.Training.Observers;

namespace Plinth.Tests.Recipes;

/// <summary>Boxes through the whole walk: files, a recipe, a checkpoint, its score again, and <c>plinth run</c>.</summary>
public sealed class DetectionFinetuningTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string scenes;

    public DetectionFinetuningTests()
    {
        scenes = folder.Path("scenes");
        new DrawnScenes(new() { Seed = 8, Side = 24, WordProbability = 0 }).Write(scenes, new Dictionary<SceneSplit, int> { [SceneSplit.Train] = 12 });
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_detector_is_built_trained_scored_and_run()
    {
        var boxes = Halves();
        var run = Finetuning.Run(Recipe(boxes, $"data.test={boxes}", $"data.images.folder={folder.Path("halves.zip")}", "training.steps=80"), cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(["average_precision", "average_precision_50", "average_precision_75", "average_recall"], run.Scores.Keys.Order());
        Assert.True(run.Scores["average_recall"] > 0.2, string.Join(", ", run.Scores));
        var again = TaskEvaluation.Run("object_detection", run.Files.Checkpoint, boxes, new(), new() { Images = [$"folder={folder.Path("halves.zip")}"] });
        Assert.All(run.Scores, score => Assert.Equal(score.Value, again[score.Key], 1e-9));

        var config = Checkpoint.ReadJson(Path.Combine(run.Files.Checkpoint, "config.json"));
        Assert.Equal(("yolos", "YolosForObjectDetection"), ((string?)config["model_type"], (string?)config["architectures"]![0]));
        Assert.Equal(["red", "blue"], config["id2label"]!.AsObject().Select(label => (string)label.Value!));
        using (var weights = SafetensorsFile.Open(Path.Combine(run.Files.Checkpoint, "model.safetensors")))
        {
            Assert.Equal([3L, 32], weights.Entries["class_labels_classifier.layers.2.weight"].Shape);
            Assert.Contains("vit.embeddings.detection_tokens", weights.Entries.Keys);
            Assert.Contains("bbox_predictor.layers.0.bias", weights.Entries.Keys);
        }

        Assert.Equal("YolosImageProcessor", (string?)Checkpoint.ReadJson(Path.Combine(run.Files.Checkpoint, "preprocessor_config.json"))["image_processor_type"]);

        var picture = Directory.GetFiles(folder.Path("halves"))[0];
        var (code, output, error) = await CommandLineTests.Run("run", "object_detection", run.Files.Checkpoint, picture, "--json", "--set", "threshold=0");
        Assert.True(code == ExitCodes.Success, error);
        Assert.Equal(4, JsonNode.Parse(output)!["boxes"]!.AsArray().Count);
        (code, output, error) = await CommandLineTests.Run("evaluate", "object_detection", run.Files.Checkpoint, boxes, "--images", $"folder={folder.Path("halves.zip")}");
        Assert.True(code == ExitCodes.Success, error);
        Assert.Contains("average_precision_50", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_log_tells_the_parts_of_the_loss()
    {
        var run = Finetuning.Run(Recipe(Table("train"), Picture), cancellation: TestContext.Current.CancellationToken);
        var steps = HistoryObserver.Load(run.Files.Log).Steps;
        Assert.NotEmpty(steps);
        Assert.All(steps, step => Assert.Equal(step.Loss, step.Terms!["classes"] + (5 * step.Terms["boxes"]) + (2 * step.Terms["overlaps"]), 1e-4));
    }

    [Fact]
    public void A_detector_of_other_things_is_taken_up_with_a_fresh_head()
    {
        var table = Table("train");
        var first = Finetuning.Run(Recipe(table, Picture), cancellation: TestContext.Current.CancellationToken);
        var two = folder.Path("scenes", "train", "two.jsonl");
        File.WriteAllText(two, File.ReadAllText(table).Replace("\"category\"", "\"categories\"", StringComparison.Ordinal)
            .Replace("\"circle\"", "\"round\"", StringComparison.Ordinal).Replace("\"ring\"", "\"round\"", StringComparison.Ordinal));
        var path = folder.Path("second.yaml");
        File.WriteAllText(path, $"""
            name: second
            checkpoint: {first.Files.Checkpoint}
            task: {"{"} type: object_detection, loss: {"{"} nothing_weight: 0.2 {"}"} {"}"}
            data: {"{"} train: {two}, test: {two}, images: {"{"} columns: {"{"} image: file_name, boxes: objects {"}"} {"}"} {"}"}
            training: {"{"} steps: 2, batch_size: 4 {"}"}
            """);
        var second = Finetuning.Run(RecipeReader.Read<FinetuningRecipe>(path, [$"folder={folder.Path("second")}"]), cancellation: TestContext.Current.CancellationToken);
        using var loaded = TaskModel.Load("object_detection", second.Files.Checkpoint);
        Assert.Contains("round", loaded.Model.Config.Labels);
        Assert.DoesNotContain("circle", loaded.Model.Config.Labels);
        Assert.Empty(loaded.Report.Fresh);
    }

    [Fact]
    public void An_interrupted_run_sees_the_same_boxes_again()
    {
        var recipe = Recipe(Table("train"), Picture);
        var whole = Finetuning.Run(recipe, cancellation: TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var other = recipe with { Folder = folder.Path("again") };
        Assert.Throws<OperationCanceledException>(() => Finetuning.Run(other, [new StopAt(5, stop)], cancellation: stop.Token));
        var resumed = Finetuning.Run(other, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(whole.Scores, resumed.Scores);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Files.Checkpoint, "model.safetensors")), File.ReadAllBytes(Path.Combine(resumed.Files.Checkpoint, "model.safetensors")));
    }

    [Fact]
    public void Samples_without_boxes_and_changes_that_lose_them_are_refused()
    {
        Assert.Throws<BadInputException>(() => Finetuning.Run(Recipe(Path.Combine(scenes, "train")), cancellation: TestContext.Current.CancellationToken));
        var turned = Recipe(Table("train"), Picture) with { };
        var recipe = turned with { Data = turned.Data with { Images = turned.Data.Images! with { Augmentations = Turning() } }, Folder = folder.Path("turned") };
        Assert.Contains("RandomAffine", Assert.Throws<PlinthException>(() => Finetuning.Run(recipe, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    private static string Picture => "data.images.columns.image=file_name";

    private IReadOnlyList<Component> Turning()
    {
        var path = folder.Path("turning.yaml");
        File.WriteAllText(path, "augmentations: [{ type: random_affine, max_rotation: 5 }]");
        return RecipeReader.Read<Plinth.Recipes.Vision.ImageDataRecipe>(path).Augmentations;
    }

    private string Table(string split) => Path.Combine(scenes, split, DrawnScenes.TableName);

    // Pictures of which one half is red or blue, in an archive, with COCO's file beside it.
    private string Halves()
    {
        Directory.CreateDirectory(folder.Path("halves"));
        JsonArray images = [], annotations = [];
        for (var i = 0; i < 12; i++)
        {
            var (left, isBlue) = (i % 2 * 12, i / 2 % 2 == 1);
            var image = new RgbImage(24, 24, new RgbColor(0, 0, 0));
            for (var at = 0; at < 24 * 12; at++)
            {
                image.Pixels[((((at / 12) * 24) + left + (at % 12)) * 3) + (isBlue ? 2 : 0)] = (byte)(200 + i);
            }

            File.WriteAllBytes(folder.Path("halves", $"{i}.png"), ImageEncoder.Png(image));
            images.Add(new JsonObject { ["id"] = i, ["file_name"] = $"{i}.png", ["height"] = 24, ["width"] = 24 });
            annotations.Add(new JsonObject { ["image_id"] = i, ["category_id"] = isBlue ? 7 : 2, ["bbox"] = new JsonArray(left, 0, 12, 24) });
        }

        System.IO.Compression.ZipFile.CreateFromDirectory(folder.Path("halves"), folder.Path("halves.zip"));
        JsonArray categories = [new JsonObject { ["id"] = 7, ["name"] = "blue" }, new JsonObject { ["id"] = 2, ["name"] = "red" }];
        File.WriteAllText(folder.Path("halves.json"), new JsonObject { ["images"] = images, ["annotations"] = annotations, ["categories"] = categories }.ToJsonString());
        return folder.Path("halves.json");
    }

    private FinetuningRecipe Recipe(string train, params string[] overrides)
    {
        var path = folder.Path("recipe.yaml");
        File.WriteAllText(path, $"""
            name: shapes
            model: {"{"} family: yolos, layer_count: 1, hidden_size: 32, head_count: 2, image_size: 24, patch_size: 8, config: {"{"} num_detection_tokens: 4 {"}"} {"}"}
            task: {"{"} type: object_detection {"}"}
            data:
              train: {train}
              validation_share: 0.25
              images:
                columns: {"{"} boxes: objects {"}"}
                augmentations: [{"{"} type: horizontal_flip {"}"}]
            training: {"{"} steps: 12, batch_size: 4, learning_rate: 3e-3, evaluate_every: 100 {"}"}
            """);
        return RecipeReader.Read<FinetuningRecipe>(path, [$"folder={folder.Path("run")}", .. overrides]);
    }
}
