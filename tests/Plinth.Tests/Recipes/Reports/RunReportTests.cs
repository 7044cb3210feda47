using System.Text.RegularExpressions;
using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Reports;

namespace Plinth.Tests.Recipes.Reports;

/// <summary>The page that a run on pictures leaves behind.</summary>
public sealed partial class RunReportTests : IDisposable
{
    private const string Model = "layer_count: 1, hidden_size: 32, head_count: 2, image_size: 24, patch_size: 8, maximum_length: 24";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_classifier_shows_its_mistakes_first()
    {
        var run = Finetuning.Run(Read<FinetuningRecipe>($"""
            name: shapes
            model: {"{"} family: vit, {Model} {"}"}
            task: {"{"} type: image_classification {"}"}
            data: {"{"} train: {Draw()}, validation: {Draw()} {"}"}
            training: {"{"} steps: 10, batch_size: 8, learning_rate: 1e-3, evaluate_every: 5 {"}"}
            """), cancellation: TestContext.Current.CancellationToken);
        var page = File.ReadAllText(run.Files.Report);
        Assert.Equal(24, Picture().Count(page));
        var marks = Mark().Matches(page).Select(match => match.Value[^1]).ToList();
        Assert.Equal(24, marks.Count);
        Assert.Equal((1 - run.Scores["accuracy"]) * 24, marks.Count(mark => mark == '✗'), 6);
        Assert.Equal(marks.OrderBy(mark => mark == '✓'), marks);
        Assert.Contains($"{marks.Count(mark => mark == '✗')} of 24 are wrong", page, StringComparison.Ordinal);
        Assert.Contains(run.Scores["roc_auc"].ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture), page, StringComparison.Ordinal);
        Assert.Contains("<figcaption>accuracy", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_masked_autoencoder_shows_picture_seen_and_drawn()
    {
        var run = Pretraining.Run(Pretrain("vit_mae", "masked_autoencoding", "config: { norm_pix_loss: true }"), cancellation: TestContext.Current.CancellationToken);
        var tiles = Pictures(run.Files.Report);
        Assert.Equal(6, tiles.Count);
        // Three squares with a gap of two between them.
        Assert.All(tiles, tile => Assert.Equal((24, 76), (tile.Height, tile.Width)));
        // A quarter of nine patches is seen: two; the rest is grey in the middle square.
        int Grey(RgbImage tile) => Enumerable.Range(0, 9).Count(patch => tile[((patch / 3) * 8) + 4, 26 + ((patch % 3) * 8) + 4] is var pixel && new[] { pixel.Red, pixel.Green, pixel.Blue }.All(value => Math.Abs(value - 128) < 12));
        Assert.All(tiles, tile => Assert.InRange(Grey(tile), 7, 9));
        // What was seen stands in all three.
        Assert.All(tiles, tile => Assert.Contains(Enumerable.Range(0, 9), patch => Enumerable.Range(1, 2).All(square =>
            Near(tile[((patch / 3) * 8) + 4, ((patch % 3) * 8) + 4], tile[((patch / 3) * 8) + 4, (26 * square) + ((patch % 3) * 8) + 4]))));
    }

    [Fact]
    public void A_model_of_texts_shows_the_captions_that_it_finds()
    {
        var run = Pretraining.Run(Pretrain("clip", "image_text_contrastive", ""), cancellation: TestContext.Current.CancellationToken);
        var page = File.ReadAllText(run.Files.Report);
        Assert.Equal(6, Picture().Count(page));
        Assert.Equal(18, Mark().Count(page));
        Assert.Contains("nearest of 6 captions", page, StringComparison.Ordinal);
    }

    private static bool Near(RgbColor a, RgbColor b) => Math.Abs(a.Red - b.Red) < 30 && Math.Abs(a.Green - b.Green) < 30 && Math.Abs(a.Blue - b.Blue) < 30;

    private static List<RgbImage> Pictures(string path) =>
        [.. Picture().Matches(File.ReadAllText(path)).Select(match => ImageDecoder.Decode(Convert.FromBase64String(match.Groups[1].Value), "tile"))];

    private PretrainingRecipe Pretrain(string family, string objective, string config) => Read<PretrainingRecipe>($"""
        name: pictures
        model: {"{"} family: {family}, {Model}{(config.Length > 0 ? ", " + config : "")} {"}"}
        tokenizer: {"{"} vocabulary_size: 100 {"}"}
        objective: {"{"} type: {objective} {"}"}
        data:
          path: {Path.Combine(Draw(), DrawnScenes.TableName)}
          validation_share: 0.25
          images: {"{"} columns: {"{"} image: file_name, captions: captions {"}"} {"}"}
        training: {"{"} steps: 4, batch_size: 6, learning_rate: 1e-3 {"}"}
        """);

    private string Draw()
    {
        if (!Directory.Exists(folder.Path("scenes")))
        {
            new DrawnScenes(new() { Seed = 3, Side = 24 }).Write(folder.Path("scenes"), new Dictionary<SceneSplit, int> { [SceneSplit.Train] = 24 });
        }

        return folder.Path("scenes", "train");
    }

    private T Read<T>(string text) where T : class
    {
        File.WriteAllText(folder.Path("recipe.yaml"), text + "\n");
        return RecipeReader.Read<T>(folder.Path("recipe.yaml"), [$"folder={folder.Path("run")}"]);
    }

    [GeneratedRegex("src=\"data:image/jpeg;base64,([^\"]+)\"")]
    private static partial Regex Picture();

    [GeneratedRegex("<li>[✗✓]")]
    private static partial Regex Mark();
}
