using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Vision;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Pipelines;
using Plinth.Tasks;

namespace Plinth.Tests.Recipes;

/// <summary>Several classes for a picture, and thresholds that are chosen after training, through recipe, folder, evaluation and pipeline.</summary>
public sealed class LabelSetFinetuningTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_shapes_of_drawn_scenes_are_learnt_and_one_of_them_is_flagged()
    {
        new DrawnScenes(new() { Seed = 1, Side = 24, MaxCount = 3, NoiseProbability = 0, WordProbability = 0 }).Write(folder.Path("scenes"), new Dictionary<SceneSplit, int> { [SceneSplit.Train] = 32 });
        var table = folder.Path("scenes", "train", DrawnScenes.TableName);
        var run = Finetuning.Run(Recipe($"""
            name: shapes
            model: {"{"} family: vit, layer_count: 1, hidden_size: 64, head_count: 4, image_size: 24, patch_size: 8 {"}"}
            task: {"{"} type: image_classification, kind: multi_label, calibration: {"{"} labels: [triangle], recall: 1 {"}"} {"}"}
            data:
              train: {table}
              validation: {table}
              test: {table}
              images: {"{"} columns: {"{"} image: file_name, label_set: shapes {"}"} {"}"}
            training: {"{"} steps: 120, batch_size: 32, learning_rate: 3e-3, evaluate_every: 60 {"}"}
            """), cancellation: TestContext.Current.CancellationToken);
        Assert.True(run.Scores["micro_f1"] > 0.8, $"micro F1 {run.Scores["micro_f1"]}");
        Assert.True(run.Scores["roc_auc"] > 0.95 && run.Scores["average_precision"] > 0.85, $"ROC-AUC {run.Scores["roc_auc"]}");
        Assert.Equal(1, run.Scores["recall_triangle"]);
        Assert.DoesNotContain("recall_circle", run.Scores.Keys);
        Assert.True(run.Scores.Keys.ToHashSet().IsSupersetOf(["accuracy", "macro_f1", "calibration_error", "validation_calibration_error"]));

        // Whoever loads the folder need not be told what was asked for, nor what was chosen.
        Assert.Equal("multi_label_classification", (string?)Checkpoint.ReadJson(Path.Combine(run.Files.Checkpoint, Checkpoint.ConfigFile))["problem_type"]);
        Assert.Contains("triangle", File.ReadLines(run.Files.Test).First(line => line.Contains("triangle/", StringComparison.Ordinal)), StringComparison.Ordinal);
        var again = TaskEvaluation.Run("image_classification", run.Files.Checkpoint, table, new() { Text = "file_name", LabelSet = "shapes" });
        Assert.All(again, score => Assert.Equal(run.Scores[score.Key], score.Value, 1e-6));
        Assert.True(File.Exists(Path.Combine(run.Files.Best, Calibration.FileName)));

        using var pipeline = TaskPipeline.Load("image-classification", run.Files.Checkpoint);
        var samples = ImageTable.Read(table, DrawnScenes.Columns, options: new() { LabelNames = DrawnScenes.LabelNames }).Samples;
        var fields = pipeline.Answer(samples, cancellation: TestContext.Current.CancellationToken).Select(answer => AnswerFields.Json(answer)).ToList();
        Assert.All(fields, answer => Assert.Equal(pipeline.Columns.Select(column => column.Name), answer.Select(field => field.Key)));
        Assert.All(fields, answer => Assert.Equal((bool)answer["flagged"]!, (bool)Assert.Single(answer["flags"]!.AsObject()).Value!));
        var triangle = DrawnScenes.LabelNames.ToList().IndexOf("triangle");
        Assert.All(samples.Zip(fields).Where(pair => pair.First.LabelSet!.Contains(triangle)), pair => Assert.True((bool)pair.Second["flagged"]!));
        Assert.Contains(fields, answer => !(bool)answer["flagged"]!);
        Assert.Throws<RecipeException>(() => TaskPipeline.Load("image-classification", run.Files.Checkpoint, new Plinth.Tasks.Vision.ImageClassificationOptions { Calibration = new() }));
    }

    [Fact]
    public void Texts_and_adapters_keep_what_was_chosen_too()
    {
        var path = folder.Path("texts.csv");
        File.WriteAllText(path, "text,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{(i % 2 == 0 ? "a nice day" : "an ugly night")} number {i},{(i % 10 == 0 ? "bad" : i % 2 == 0 ? "good" : "bad")}\n")));
        var data = $"data: {"{"} train: {path}, validation: {path}, test: {path} {"}"}\ntraining: {"{"} steps: 40, batch_size: 20, learning_rate: 5e-3, evaluate_every: 40 {"}"}";
        var built = Finetuning.Run(Recipe($"""
            name: texts
            model: {"{"} family: bert, layer_count: 1, hidden_size: 32, head_count: 2, maximum_length: 16 {"}"}
            tokenizer: {"{"} vocabulary_size: 120 {"}"}
            task: {"{"} type: text_classification {"}"}
            {data}
            """), cancellation: TestContext.Current.CancellationToken);
        Assert.False(File.Exists(Path.Combine(built.Files.Checkpoint, Calibration.FileName)));
        Assert.DoesNotContain("temperature", built.Scores.Keys);

        var adapted = Finetuning.Run(Recipe($"""
            name: adapted
            checkpoint: {built.Files.Checkpoint}
            task: {"{"} type: text_classification, kind: single_label, calibration: {"{"} labels: [bad], precision: 0.9 {"}"} {"}"}
            adaptation: {"{"} kind: low_rank {"}"}
            {data}
            """, "adapted"), cancellation: TestContext.Current.CancellationToken);
        Assert.True(adapted.Scores["precision_bad"] >= 0.9, $"precision {adapted.Scores["precision_bad"]}");
        Assert.True(adapted.Scores["temperature"] > 0 && adapted.Scores["calibration_error"] <= 0.2);
        var file = JsonNode.Parse(File.ReadAllText(Path.Combine(adapted.Files.Checkpoint, Calibration.FileName)))!;
        Assert.Equal(("precision 0.9", 40), ((string?)file["goal"], (int)file["samples"]!));
        var again = TaskEvaluation.Run("text_classification", adapted.Files.Checkpoint, path, new() { Label = "label" });
        Assert.All(again, score => Assert.Equal(adapted.Scores[score.Key], score.Value, 1e-6));

        Plinth.Layers.Adapters.AdapterMerge.Write(adapted.Files.Checkpoint, built.Files.Checkpoint, folder.Path("merged"));
        using var merged = TaskPipeline.Load("text-classification", folder.Path("merged"));
        var answer = (LabelScores)merged.Answer(new TextSample("an ugly night number 3"), TestContext.Current.CancellationToken);
        Assert.Equal("bad", Assert.Single(answer.Labels, label => label.IsFlagged).Label);
    }

    private FinetuningRecipe Recipe(string text, string name = "run")
    {
        var path = folder.Path("recipe.yaml");
        File.WriteAllText(path, text + "\n");
        return RecipeReader.Read<FinetuningRecipe>(path, [$"folder={folder.Path(name)}"]);
    }
}
