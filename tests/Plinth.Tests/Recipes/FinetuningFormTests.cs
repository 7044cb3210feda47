using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Chat;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Tests.Chat;

namespace Plinth.Tests.Recipes;

/// <summary>Fine-tuning from nothing, from conversations, and how samples are kept apart.</summary>
public sealed class FinetuningFormTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_translator_is_built_trained_scored_and_run()
    {
        var path = folder.Path("pairs.txt");
        string[] numbers = ["one", "two", "three", "four"], others = ["un", "deux", "trois", "quatre"];
        File.WriteAllText(path, string.Concat(from a in Enumerable.Range(0, 4) from b in Enumerable.Range(0, 4) select $"{numbers[a]} {numbers[b]}\t{others[a]} {others[b]}\n"));
        var recipe = Recipe(
            $"""
            name: tiny
            model: {"{"} family: marian, layer_count: 1, hidden_size: 64, head_count: 4, maximum_length: 16 {"}"}
            tokenizer: {"{"} vocabulary_size: 320 {"}"}
            task: {"{"} type: translation, maximum_target_length: 12 {"}"}
            data:
              train: {path}
              test: {path}
              format: {"{"} form: tsv, header: [a, b], has_quotes: false {"}"}
              columns: {"{"} text: a, pair: b {"}"}
            training: {"{"} steps: 100, batch_size: 8, learning_rate: 4e-3, evaluate_every: 100 {"}"}
            """);
        var run = Finetuning.Run(recipe, cancellation: TestContext.Current.CancellationToken);
        Assert.True(run.Scores["chrf"] > 50, $"chrF {run.Scores["chrf"]}");
        var again = TaskEvaluation.Run("translation", run.Files.Checkpoint, run.Files.Test, new() { Pair = "pair" });
        Assert.Equal(run.Scores["chrf"], again["chrf"], 1e-9);
        using var loaded = TaskModel.Load("translation", run.Files.Checkpoint);
        Assert.NotEmpty(Assert.IsType<TextAnswer>(Assert.Single(loaded.Task.Answer([new TextSample("two three")]))).Text);
    }

    [Fact]
    public void A_decoder_learns_the_answers_of_conversations_alone_and_keeps_their_template()
    {
        var tokenizer = folder.Path("tokenizer");
        ChatCases.Write(tokenizer, ChatCases.Plain);
        var chats = folder.Path("chats.jsonl");
        ChatFiles.Write(chats, Enumerable.Range(0, 20).Select(i => ChatCases.Turns($"user: say {(char)('a' + i)}", $"assistant: {(char)('a' + i)} it is")));
        var recipe = Recipe(
            $"""
            name: chat
            model: {"{"} family: llama, layer_count: 1, hidden_size: 32, head_count: 2, maximum_length: 64 {"}"}
            tokenizer: {"{"} path: {tokenizer} {"}"}
            task: {"{"} type: causal_finetuning {"}"}
            score_before: true
            data: {"{"} train: {chats}, format: {"{"} form: conversations {"}"}, test_share: 0.2 {"}"}
            training: {"{"} steps: 30, batch_size: 8, learning_rate: 1e-2, evaluate_every: 30 {"}"}
            """);
        var samples = LabeledSamples.Read(recipe.Data, recipe.Seed, new(ChatTemplate.Load(tokenizer), TokenizerFiles.Load(tokenizer)));
        // "a it is" and the mark that ends it, a character a token.
        Assert.All(samples.Training.Cast<TextSample>(), sample => Assert.Equal(8, sample.Prepared!.IsTarget.Count(isTarget => isTarget)));
        Assert.Equal((14, 2, 4), (samples.Training.Count, samples.Validation.Count, samples.Test.Count));

        var run = Finetuning.Run(recipe, cancellation: TestContext.Current.CancellationToken);
        Assert.True(run.Scores["perplexity"] < run.Scores["before_perplexity"] / 3, $"{run.Scores["before_perplexity"]} -> {run.Scores["perplexity"]}");
        var kept = ChatTemplate.Load(run.Files.Checkpoint);
        Assert.Equal(["default"], kept.Names);
        Assert.Equal("</s>", kept.Tokens["eos_token"]);
        var again = TaskEvaluation.Run("causal_finetuning", run.Files.Checkpoint, run.Files.Test, new());
        Assert.Equal(run.Scores["perplexity"], again["perplexity"], 1e-6);
    }

    [Fact]
    public void A_group_stands_on_one_side_only()
    {
        var path = folder.Path("g.csv");
        File.WriteAllText(path, "text,pair\n" + string.Concat(Enumerable.Range(0, 90).Select(i => $"sentence {i / 3}{(i % 3 == 0 ? "" : "!")},translation {i}\n")));
        var recipe = new SamplesRecipe { Train = path, Columns = new() { Pair = "pair" }, GroupBy = SampleGroup.Text, ValidationShare = 0.2, TestShare = 0.1 };
        var samples = LabeledSamples.Read(recipe, 3);
        Assert.Equal((63, 18, 9), (samples.Training.Count, samples.Validation.Count, samples.Test.Count));
        string[] Keys(IReadOnlyList<Sample> part) => [.. part.Cast<TextSample>().Select(sample => sample.Text.TrimEnd('!')).Distinct()];
        Assert.Empty(Keys(samples.Training).Intersect(Keys(samples.Validation)).Concat(Keys(samples.Training).Intersect(Keys(samples.Test))).Concat(Keys(samples.Validation).Intersect(Keys(samples.Test))));
        var single = LabeledSamples.Read(recipe with { OnePerGroup = true }, 3);
        Assert.Equal((63, 6, 3), (single.Training.Count, single.Validation.Count, single.Test.Count));
        Assert.Equal(single.Test.Cast<TextSample>(), LabeledSamples.Read(recipe with { OnePerGroup = true }, 3).Test.Cast<TextSample>());
        Assert.Contains("too few", Assert.Throws<BadInputException>(() => LabeledSamples.Read(recipe with { ValidationShare = 0.9, TestShare = 0.9 }, 3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_labels_are_a_beginning_of_more_with_classes_in_proportion()
    {
        var path = folder.Path("few.csv");
        File.WriteAllText(path, "text,label\n" + string.Concat(Enumerable.Range(0, 400).Select(i => $"text {i},{(i % 4 == 0 ? "rare" : "usual")}\n")));
        var recipe = new SamplesRecipe { Train = path };
        var all = LabeledSamples.Read(recipe, 3);
        var (few, more) = (LabeledSamples.Read(recipe with { TrainingSamples = 20 }, 3), LabeledSamples.Read(recipe with { TrainingSamples = 100 }, 3));
        Assert.Equal((20, 100), (few.Training.Count, more.Training.Count));
        Assert.Equal(few.Training, more.Training.Take(20));
        Assert.InRange(few.Training.Count(sample => sample.Label == all.Labels.ToList().IndexOf("rare")), 4, 6);
        Assert.Equal(all.Validation, few.Validation);
        Assert.NotEqual(few.Training, LabeledSamples.Read(recipe with { TrainingSamples = 20 }, 4).Training);
        Assert.Equal(all.Training.Count, LabeledSamples.Read(recipe with { TrainingSamples = 10_000 }, 3).Training.Count);
        Assert.Contains("training_samples", Assert.Throws<RecipeException>(() => LabeledSamples.Read(recipe with { TrainingSamples = 0 }, 3)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("task: { type: translation }\ndata: { train: a.csv }", "neither 'checkpoint' nor 'model'")]
    [InlineData("checkpoint: a\nmodel: { family: t5 }\ntask: { type: translation }\ndata: { train: a.csv }", "exclude each other")]
    [InlineData("checkpoint: a\ntokenizer: { path: a }\ntask: { type: translation }\ndata: { train: a.csv }", "'tokenizer' goes with 'model'")]
    [InlineData("model: { family: t5 }\nadaptation: { kind: low_rank }\ntask: { type: translation }\ndata: { train: a.csv }", "leave out 'from_scratch' and 'adaptation'")]
    [InlineData("model: { family: llama }\ntask: { type: causal_finetuning }\ndata: { train: a.jsonl, format: { form: conversations } }", "need a tokenizer that exists")]
    [InlineData("model: { family: t5 }\ntask: { type: translation }\ndata: { train: a.jsonl, format: { form: conversations } }", "Conversations are learnt by causal_finetuning")]
    [InlineData("model: { family: t5 }\ntask: { type: translation }\ndata: { train: a.jsonl, template: b.jinja }", "data.template is for conversations")]
    [InlineData("model: { family: t5 }\ntask: { type: translation }\ndata: { train: a.jsonl, test: b.jsonl, test_share: 0.1 }", "data.test and data.test_share")]
    [InlineData("model: { family: t5 }\ntask: { type: translation }\ndata: { train: a.jsonl, test_share: 1.5 }", "data.test_share = 1.5")]
    public void What_does_not_go_together_is_refused(string text, string told) => Assert.Contains(
        told, Assert.Throws<RecipeException>(() => Finetuning.Run(Recipe("name: x\n" + text), cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    private FinetuningRecipe Recipe(string text)
    {
        var path = folder.Path("recipe.yaml");
        File.WriteAllText(path, text + "\n");
        return RecipeReader.Read<FinetuningRecipe>(path, [$"folder={folder.Path("run")}"]);
    }
}
