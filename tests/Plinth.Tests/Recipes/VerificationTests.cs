using System.Globalization;
using System.Text.Json.Nodes;
using Plinth.Cli;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Formats;
using Plinth.Data.Vision;
using Plinth.Recipes;
using Plinth.Recipes.Vision;
using Plinth.Tasks.Metrics;
using Plinth.Tests.Cli;
using static TorchSharp.torch;

namespace Plinth.Tests.Recipes;

/// <summary>Whether two pictures show the same: pairs, scores, and the commands.</summary>
public sealed class VerificationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Pairs_are_all_or_a_sample_that_the_seed_chooses()
    {
        int[] labels = [.. Enumerable.Range(0, 40).Select(i => i % 5)];
        var all = LabelledPairs.Of(labels, 10_000, 1);
        Assert.Equal((5 * 28, (40 * 39 / 2) - (5 * 28)), (all.Count(pair => pair.IsSame), all.Count(pair => !pair.IsSame)));
        Assert.All(all, pair => Assert.Equal(pair.IsSame, labels[pair.First] == labels[pair.Second]));
        Assert.Equal(all.Count, all.Distinct().Count());
        var some = LabelledPairs.Of(labels, 100, 1);
        Assert.Equal((50, 50), (some.Count(pair => pair.IsSame), some.Count(pair => !pair.IsSame)));
        Assert.Equal(100, some.Distinct().Count());
        Assert.Equal(some, LabelledPairs.Of(labels, 100, 1));
        Assert.NotEqual(some, LabelledPairs.Of(labels, 100, 2));
        // Every pair is as probable as any other: late pictures come as often as early ones.
        var means = Enumerable.Range(0, 200).Select(seed => LabelledPairs.Of(labels, 20, seed).Average(pair => pair.First + pair.Second)).Average();
        Assert.InRange(means, 36, 42);
    }

    [Fact]
    public void Accepts_at_a_rate_are_as_counted()
    {
        double[] similarities = [0.9, 0.8, 0.7, 0.2, .. Enumerable.Range(0, 99).Select(i => i / 200.0), 0.75];
        bool[] isSame = [true, true, true, true, .. Enumerable.Repeat(false, 100)];
        var scores = VerificationScores.Of(similarities, isSame, 0.01, 0.001);
        // One of a hundred may pass: all above 0.7. None may pass: all above 0.75.
        Assert.Equal((0.75, 0.7), (scores.AtRates[0].Recall, scores.AtRates[0].Threshold));
        Assert.Equal((0.5, 0.8), (scores.AtRates[1].Recall, scores.AtRates[1].Threshold));
        Assert.Equal(RocAuc.Of(similarities, isSame), scores.RocAuc);
        Assert.InRange(scores.EqualError.Rate, 0.01, 0.5);
    }

    [Fact]
    public async Task Pictures_of_one_shade_are_the_same_for_the_commands()
    {
        SaveModel();
        Draw();

        var (code, output, error) = await CommandLineTests.Run("evaluate", "image-verification", folder.Path("model"), folder.Path("people"), "--set", "maximum_pairs=40");
        Assert.True(code == ExitCodes.Success, error);
        var scores = output.TrimEnd().Split('\n').Select(line => line.Split(": ")).ToDictionary(part => part[0], part => double.Parse(part[1], CultureInfo.InvariantCulture));
        Assert.Equal((18, 20), ((int)scores["same_pairs"], (int)scores["different_pairs"]));
        Assert.True(scores["roc_auc"] > 0.9, output);
        Assert.True(scores["true_accept_at_0.001"] > 0.3 && scores["equal_error_rate"] < 0.2, output);

        var threshold = scores["equal_error_threshold"].ToString(CultureInfo.InvariantCulture);
        async Task<JsonNode> Compare(string one, string other)
        {
            var (code, output, error) = await CommandLineTests.Run("run", "image-verification", folder.Path("model"), folder.Path("people", one), "--pair", folder.Path("people", other), "--set", $"threshold={threshold}", "--json");
            Assert.True(code == ExitCodes.Success, error);
            return JsonNode.Parse(output)!;
        }

        Assert.Equal(1, (double)(await Compare("dark/0.png", "dark/0.png"))["similarity"]!, 1e-5);
        Assert.True((bool)(await Compare("dark/0.png", "dark/0.png"))["same"]!);
        Assert.False((bool)(await Compare("dark/0.png", "light/0.png"))["same"]!);
    }

    [Fact]
    public async Task A_table_of_pairs_and_a_folder_against_one_picture_are_answered()
    {
        SaveModel();
        Draw();

        await File.WriteAllTextAsync(folder.Path("people", "pairs.csv"), "left,right\ndark/0.png,dark/0.png\ndark/0.png,light/1.png\n", TestContext.Current.CancellationToken);
        var rows = await Answered("--input", folder.Path("people", "pairs.csv"), "--column", "text=left", "pair=right");
        Assert.Equal(2, rows.Count);
        Assert.Equal(1, (double)rows[0]["similarity"]!, 1e-5);
        Assert.True((double)rows[1]["similarity"]! < 1);
        Assert.Null(rows[0]["same"]);

        rows = await Answered(folder.Path("people"), "--pair", folder.Path("people", "grey", "2.png"));
        Assert.Equal(12, rows.Count);
        Assert.Equal(1, (double)rows.Single(row => Path.GetFullPath(Path.Combine(folder.Path("people"), (string)row["image"]!)) == folder.Path("people", "grey", "2.png"))["similarity"]!, 1e-5);

        var (code, _, error) = await CommandLineTests.Run("run", "image-verification", folder.Path("model"), folder.Path("people", "grey", "2.png"));
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("--pair", error, StringComparison.Ordinal);

        async Task<List<JsonObject>> Answered(params string[] rest)
        {
            var (code, _, error) = await CommandLineTests.Run(["run", "image-verification", folder.Path("model"), .. rest, "--output", folder.Path("out.jsonl")]);
            Assert.True(code == ExitCodes.Success, error);
            using var source = RowFiles.Open(folder.Path("out.jsonl"));
            return [.. source.Rows().Select(row => row.Fields)];
        }
    }

    [Theory]
    [InlineData("language_modeling", "--images", "folder=a", "plain text")]
    [InlineData("language_modeling", "--run", "a", "plain text")]
    [InlineData("image-verification", "--run", "a", "Leave out --run")]
    [InlineData("image-verification", "--images", "colour=blue", "colour")]
    public async Task What_an_evaluation_cannot_use_is_refused(string task, string option, string value, string said)
    {
        Draw();
        var (code, _, error) = await CommandLineTests.Run("evaluate", task, folder.Path("model"), folder.Path("people"), option, value);
        Assert.NotEqual(ExitCodes.Success, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_of_one_class_cannot_be_told_apart()
    {
        Draw();
        Directory.Delete(folder.Path("people", "grey"), true);
        Directory.Delete(folder.Path("people", "light"), true);
        Assert.Contains("no pair", Assert.Throws<BadInputException>(() => VerificationEvaluation.Run("nowhere", folder.Path("people"), new(), cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.Contains("maximum_pairs", Assert.Throws<RecipeException>(() => VerificationEvaluation.Run("nowhere", folder.Path("people"), new(), new() { MaximumPairs = 1 }, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    private void SaveModel()
    {
        using var scope = NewDisposeScope();
        using var model = TinyModels.For(HeadKind.ImageClassification, 0, ["a", "b"]);
        Checkpoint.Save(model, folder.Path("model"), TinyPictures.Processor.Save);
    }

    private void Draw()
    {
        foreach (var (name, colour) in new[] { ("dark", new RgbColor(30, 40, 90)), ("grey", new RgbColor(120, 190, 120)), ("light", new RgbColor(240, 200, 230)) })
        {
            Directory.CreateDirectory(folder.Path("people", name));
            for (var i = 0; i < 4; i++)
            {
                var random = new Random(i);
                byte Near(byte value) => (byte)(value + random.Next(-4, 5));
                ImageEncoder.Save(folder.Path("people", name, $"{i}.png"), new RgbImage(16, 16, new RgbColor(Near(colour.Red), Near(colour.Green), Near(colour.Blue))));
            }
        }
    }
}
