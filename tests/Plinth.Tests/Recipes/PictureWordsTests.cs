using System.Text.Json.Nodes;
using Plinth.Cli;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Vision;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Tests.Cli;

namespace Plinth.Tests.Recipes;

/// <summary>Pictures with words through the whole walk: tables, a recipe, a checkpoint, its scores again, and <c>plinth run</c>.</summary>
public sealed class PictureWordsTests : IDisposable
{
    private static readonly string[] Colours = ["red", "green", "blue", "grey"], Farben = ["rot", "grün", "blau", "grau"];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Texts_and_pictures_learn_to_find_each_other_and_each_language_is_scored()
    {
        Draw(40);
        var run = Finetuning.Run(Retrieval(150), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(1, run.Scores["text_to_image_recall_at_1"]);
        Assert.Equal(1, run.Scores["image_to_text_recall_at_1"]);
        var tested = JsonNodes(run.Files.Test).Count;
        Assert.Equal(tested, run.Scores["pictures"]);
        Assert.True(TokenizerFiles.Exist(run.Files.Checkpoint));

        // The whole table has all pictures; with the run only what it held out, and the one language's captions.
        var (code, output, error) = await CommandLineTests.Run("evaluate", "image_text_retrieval", run.Files.Checkpoint, folder.Path("de.tsv"), "--run", run.Files.Folder, "--images", "columns.keywords=null");
        Assert.True(code == ExitCodes.Success, error);
        var scores = Scores(output);
        Assert.Equal(tested, scores["pictures"]);
        Assert.Equal(1, scores["text_to_image_recall_at_1"]);
        Assert.InRange(scores["texts"], 1, Farben.Length);

        var whole = TaskEvaluation.Run("image_text_retrieval", run.Files.Checkpoint, folder.Path("en.tsv"), new(), new()
        {
            Images = [$"folder={folder.Path("png")}", "header=[file, name, words]", "has_quotes=false", "columns.image=file", "columns.suffix=.png", "columns.captions=name"],
        });
        Assert.Equal(40, whole["pictures"]);
        Assert.Equal(Colours.Length, whole["texts"]);
    }

    [Fact]
    public void A_picture_stays_on_its_side_whatever_the_seed_and_the_languages()
    {
        Draw(40);
        var first = Held(Retrieval(1));
        var other = Held(Retrieval(1) with { Seed = 9, Folder = folder.Path("other") });
        var alone = Retrieval(1) with { Folder = folder.Path("alone") };
        alone = alone with { Data = alone.Data with { Train = folder.Path("de.tsv"), Images = alone.Data.Images! with { Also = [] } } };
        Assert.Equal(first, other);
        Assert.Equal(first, Held(alone));
        Assert.InRange(first.Count, 4, 20);
        Assert.Throws<RecipeException>(() => Finetuning.Run(alone with { Data = alone.Data with { GroupBy = SampleGroup.Text } }, cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Pictures_of_one_name_in_several_folders_are_not_mixed_up()
    {
        foreach (var (name, colour) in ((string, byte)[])[("dark", 30), ("light", 220)])
        {
            Directory.CreateDirectory(folder.Path("shades", name));
            for (var i = 0; i < 20; i++)
            {
                File.WriteAllBytes(folder.Path("shades", name, $"{i}.png"), ImageEncoder.Png(new(16, 16, new RgbColor((byte)(colour + i), colour, colour))));
            }
        }

        var run = Finetuning.Run(Recipe($$"""
            name: shades
            model: { family: vit, layer_count: 1, hidden_size: 32, head_count: 2, image_size: 16, patch_size: 8 }
            task: { type: image_classification }
            data: { train: {{folder.Path("shades")}}, group_by: picture, validation_share: 0.2, test_share: 0.5 }
            training: { steps: 2, batch_size: 8 }
            """), cancellation: TestContext.Current.CancellationToken);
        var again = TaskEvaluation.Run("image_classification", run.Files.Checkpoint, folder.Path("shades"), new(), new() { LikeRun = run.Files.Folder });
        Assert.Equal(run.Scores["accuracy"], again["accuracy"], 1e-9);
        Assert.Equal(run.Scores["macro_f1"], again["macro_f1"], 1e-9);
        Assert.NotEqual(JsonNodes(run.Files.Test).Count, JsonNodes(run.Files.Test).DistinctBy(row => Path.GetFileName((string)row["image"]!)).Count());
    }

    [Fact]
    public void An_interrupted_run_draws_the_same_captions_again()
    {
        Draw(24);
        var whole = Finetuning.Run(Retrieval(8), cancellation: TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource();
        var recipe = Retrieval(8) with { Folder = folder.Path("again") };
        Assert.Throws<OperationCanceledException>(() => Finetuning.Run(recipe, [new StopAt(3, stop)], cancellation: stop.Token));
        var resumed = Finetuning.Run(recipe, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(whole.Scores, resumed.Scores);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Files.Checkpoint, "model.safetensors")), File.ReadAllBytes(Path.Combine(resumed.Files.Checkpoint, "model.safetensors")));
    }

    [Fact]
    public async Task Questions_about_pictures_are_learnt_scored_and_answered()
    {
        Draw(24);
        var run = Finetuning.Run(Recipe("""
            name: told
            model: { family: llava, layer_count: 1, hidden_size: 64, head_count: 2, image_size: 16, patch_size: 8, maximum_length: 64 }
            tokenizer: { vocabulary_size: 300 }
            task: { type: image_to_text, template: "<image>{}", max_new_tokens: 8, texts: answers }
            data:
              train: QUESTIONS
              test: QUESTIONS
              images: { columns: { image: file, questions: questions } }
            training: { steps: 120, batch_size: 12, learning_rate: 4e-3, evaluate_every: 120 }
            """), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(1, run.Scores["exact_match"]);
        Assert.InRange(run.Scores["answer_perplexity"], 1, 1.2);

        // As the run asked it, without a word of it on the command line.
        var (code, output, error) = await CommandLineTests.Run("evaluate", "image_to_text", run.Files.Checkpoint, folder.Path("questions.jsonl"), "--run", run.Files.Folder);
        Assert.True(code == ExitCodes.Success, error);
        Assert.Equal(1, Scores(output)["exact_match"]);

        (code, output, error) = await CommandLineTests.Run("run", "visual-question-answering", run.Files.Checkpoint, folder.Path("png", "2.png"),
            "--pair", "What colour is it?", "--set", "template=<image>{}", "--json");
        Assert.True(code == ExitCodes.Success, error);
        Assert.Equal(Colours[2], (string)JsonNode.Parse(output)!["generated"]!);
    }

    [Fact]
    public void Texts_of_one_picture_are_joined_and_keywords_are_one_caption()
    {
        Draw(4);
        File.WriteAllText(folder.Path("rows.csv"), "file,caption,tags,kind\npng/0.png,one,a|b,x\npng/1.png,two,,x\npng/0.png,three,a|b,y\n");
        var columns = new ImageColumns { Image = "file", Captions = "caption", Keywords = "tags" };
        var set = ImageTable.Read(folder.Path("rows.csv"), columns);
        Assert.Equal([["one", "a, b", "three"], ["two"]], set.Samples.Select(sample => sample.Captions));
        // With a class in it each row is a sample of its own.
        Assert.Equal(3, ImageTable.Read(folder.Path("rows.csv"), columns with { Label = "kind" }).Samples.Count);
    }

    [Fact]
    public void Emoji_have_names_in_several_languages()
    {
        var data = Fixtures.Shared("data/emoji_captions");
        var recipe = RecipeReader.Read<FinetuningRecipe>(Path.Combine(Fixtures.Root, "recipes", "images", "emoji-clip.yaml"),
            [$"data.train={data}/captions.zip/en.tsv", $"data.images.folder={data}/png72.zip"]);
        var samples = LabeledSamples.Read(recipe.Data, recipe.Seed, task: Plinth.Tasks.TaskCatalog.Tasks["image_text_retrieval"]);
        Assert.InRange(samples.Test.Count, 130, 200);
        Assert.InRange(samples.Training.Count, 1300, 1500);
        var cat = Assert.IsType<ImageSample>(samples.Training.Concat(samples.Validation).Concat(samples.Test).Single(sample => ((ImageSample)sample).Captions[0] == "cat face"));
        Assert.Contains("Katzengesicht", cat.Captions);
        Assert.Contains(cat.Captions, caption => caption.StartsWith("cat,", StringComparison.Ordinal) || caption.Contains(", cat", StringComparison.Ordinal));
        Assert.Equal(RgbColor.White, cat.Image.Load()[0, 0]);
    }

    private static IReadOnlyList<string> Held(FinetuningRecipe recipe) =>
        [.. JsonNodes(Finetuning.Run(recipe, cancellation: TestContext.Current.CancellationToken).Files.Test).Select(row => Path.GetFileName((string)row["image"]!)).Order(StringComparer.Ordinal)];

    private static List<JsonNode> JsonNodes(string path) => [.. File.ReadLines(path).Select(line => JsonNode.Parse(line)!)];

    private static Dictionary<string, double> Scores(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": "))
        .ToDictionary(parts => parts[0], parts => double.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));

    // One colour each, with its name in two languages, and a question.
    private void Draw(int count)
    {
        Directory.CreateDirectory(folder.Path("png"));
        RgbColor[] colors = [new(220, 20, 20), new(20, 200, 20), new(20, 20, 220), new(128, 128, 128)];
        var (en, de, asked) = (new StringWriter(), new StringWriter(), new StringWriter());
        for (var i = 0; i < count; i++)
        {
            var which = i % colors.Length;
            File.WriteAllBytes(folder.Path("png", $"{i}.png"), ImageEncoder.Png(new(16, 16, colors[which])));
            en.Write($"{i}\t{Colours[which]}\tcolour|{Colours[which]}\n");
            de.Write($"{i}\t{Farben[which]}\tFarbe|{Farben[which]}\n");
            asked.Write(new JsonObject
            {
                ["file"] = $"png/{i}.png",
                ["questions"] = new JsonArray(new JsonObject { ["question"] = "What colour is it?", ["answers"] = new JsonArray(Colours[which]) }, new JsonObject { ["question"] = "Is it red?", ["answers"] = new JsonArray(which == 0 ? "yes" : "no") }),
            }.ToJsonString() + "\n");
        }

        File.WriteAllText(folder.Path("en.tsv"), en.ToString());
        File.WriteAllText(folder.Path("de.tsv"), de.ToString());
        File.WriteAllText(folder.Path("questions.jsonl"), asked.ToString());
    }

    private FinetuningRecipe Retrieval(int steps) => Recipe($$"""
        name: found
        model: { family: clip, layer_count: 1, hidden_size: 32, head_count: 2, image_size: 16, patch_size: 8, maximum_length: 16 }
        tokenizer: { kind: byte_level_bpe, vocabulary_size: 300 }
        task: { type: image_text_retrieval }
        data:
          train: TABLE
          group_by: picture
          test_share: 0.25
          images:
            folder: PNG
            header: [file, name, words]
            has_quotes: false
            background: { red: 255, green: 255, blue: 255 }
            columns: { image: file, suffix: .png, captions: name, keywords: words }
            also: [de.tsv]
        training: { steps: {{steps}}, batch_size: 12, learning_rate: 3e-3, evaluate_every: 200 }
        """);

    private FinetuningRecipe Recipe(string text) => RecipeReader.ReadText<FinetuningRecipe>(
        text.Replace("TABLE", folder.Path("en.tsv"), StringComparison.Ordinal).Replace("PNG", folder.Path("png"), StringComparison.Ordinal).Replace("QUESTIONS", folder.Path("questions.jsonl"), StringComparison.Ordinal),
        "recipe", [$"folder={folder.Path("run")}"]);
}
