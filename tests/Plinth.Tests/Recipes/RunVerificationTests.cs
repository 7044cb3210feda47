using Plinth.Cli;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Text.Preparation;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Records;
using Plinth.Tests.Cli;

namespace Plinth.Tests.Recipes;

/// <summary>The record of a run, its card, and whether both hold.</summary>
public sealed class RunVerificationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_run_holds_and_each_change_of_it_is_named()
    {
        var files = Pretrain().Files;
        Assert.All(RunVerification.Run(files.Folder, cancellation: TestContext.Current.CancellationToken), check => Assert.True(check.Holds, $"{check.Name}: {check.Detail}"));

        Assert.Equal(["checkpoint"], AfterChange(Path.Combine(files.Checkpoint, "model.safetensors"), bytes => bytes[^5] ^= 1));
        Assert.Equal(["data: data.path"], AfterChange(folder.Path("texts.csv"), bytes => bytes[^3]++));
        Assert.Equal(["scores"], AfterChange(files.Scores, bytes => bytes[System.Text.Encoding.UTF8.GetString(bytes).IndexOf("\"loss\": ", StringComparison.Ordinal) + 8]++));
        Assert.Equal(["card"], AfterChange(Path.Combine(files.Checkpoint, "README.md"), bytes => bytes[^20]++));
        Assert.Equal(["losses"], AfterChange(files.Log, bytes => bytes[System.Text.Encoding.UTF8.GetString(bytes).IndexOf("\"loss\":", StringComparison.Ordinal) + 7]++));
        Assert.Contains("recipe", AfterChange(files.Recipe, bytes => bytes[System.Text.Encoding.UTF8.GetString(bytes).IndexOf("steps: ", StringComparison.Ordinal) + 7]++));
        var record = Path.Combine(files.Folder, "run.json");
        Assert.Contains("record", AfterChange(record, bytes => bytes[System.Text.Encoding.UTF8.GetString(bytes).IndexOf("\"steps\": ", StringComparison.Ordinal) + 9]++));

        var (code, output, error) = await CommandLineTests.Run("verify", files.Folder, "--quick");
        Assert.True(code == ExitCodes.Success, output + error);
        File.Delete(files.Scores);
        (code, output, _) = await CommandLineTests.Run("verify", files.Folder, "--quick");
        Assert.Equal(ExitCodes.Negative, code);
        Assert.Contains("FAILS", output, StringComparison.Ordinal);

        string[] AfterChange(string path, Action<byte[]> change)
        {
            var before = File.ReadAllBytes(path);
            var bytes = before.ToArray();
            change(bytes);
            File.WriteAllBytes(path, bytes);
            string[] failed = [.. RunVerification.Run(files.Folder, computes: false, TestContext.Current.CancellationToken).Where(check => check.Holds != true).Select(check => check.Name)];
            File.WriteAllBytes(path, before);
            return failed;
        }
    }

    [Fact]
    public void What_only_computing_shows_is_found_by_computing()
    {
        var files = Pretrain().Files;
        // Somebody who changes a number everywhere, and seals the record again.
        var record = RunRecord.Load(files.Folder);
        var better = (record with { Scores = new(record.Scores.ToDictionary(score => score.Key, score => score.Value - 1)), Opening = record.Opening! with { Loss = 1 }, Digest = "" }).Sealed();
        better.Save(files.Folder);
        File.WriteAllText(Path.Combine(files.Checkpoint, ModelCard.FileName), ModelCard.Write(better));
        Pretraining.WriteScores(files.Scores, better.Scores);

        var checks = RunVerification.Run(files.Folder, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["scored again", "first steps"], checks.Where(check => check.Holds != true).Select(check => check.Name));
    }

    [Fact]
    public void A_task_holds_too_and_its_card_says_what_it_is_worth()
    {
        var texts = Texts();
        var run = Finetuning.Run(RecipeReader.ReadText<FinetuningRecipe>($"""
            name: birds
            model: {"{"} family: bert, layer_count: 1, hidden_size: 32, head_count: 2, maximum_length: 32 {"}"}
            tokenizer: {"{"} kind: word_piece, vocabulary_size: 200 {"}"}
            task: {"{"} type: text_classification {"}"}
            data: {"{"} train: {texts}, validation_share: 0.2, test_share: 0.2 {"}"}
            training: {"{"} steps: 20, batch_size: 8, learning_rate: 3e-3 {"}"}
            """, "birds.yaml", [$"folder={folder.Path("run")}"]), cancellation: TestContext.Current.CancellationToken);

        Assert.All(RunVerification.Run(run.Files.Folder, cancellation: TestContext.Current.CancellationToken), check => Assert.True(check.Holds, $"{check.Name}: {check.Detail}"));
        var card = File.ReadAllText(Path.Combine(run.Files.Checkpoint, ModelCard.FileName));
        Assert.StartsWith("---\nlibrary_name: plinth\ntags: [bert, text_classification]\n---\n\n# birds\n", card, StringComparison.Ordinal);
        Assert.Contains($"| accuracy | {run.Scores["accuracy"].ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture)} |", card, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(texts))), card, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_holds_as_long_as_its_base_does()
    {
        var pretrained = Pretrain().Files.Checkpoint;
        var run = Finetuning.Run(RecipeReader.ReadText<FinetuningRecipe>($"""
            name: birds
            checkpoint: {pretrained}
            adaptation: {"{"} kind: low_rank, rank: 2 {"}"}
            task: {"{"} type: text_classification {"}"}
            data: {"{"} train: {Texts()}, validation_share: 0.2, test_share: 0.2 {"}"}
            training: {"{"} steps: 20, batch_size: 8, learning_rate: 3e-3 {"}"}
            """, "birds.yaml", [$"folder={folder.Path("adapted")}"]), cancellation: TestContext.Current.CancellationToken);

        Assert.All(RunVerification.Run(run.Files.Folder, cancellation: TestContext.Current.CancellationToken), check => Assert.True(check.Holds, $"{check.Name}: {check.Detail}"));
        // Its card may be written again at any time, and is no part of the base.
        File.AppendAllText(Path.Combine(pretrained, ModelCard.FileName), "more");
        Assert.All(RunVerification.Run(run.Files.Folder, computes: false, TestContext.Current.CancellationToken), check => Assert.True(check.Holds, $"{check.Name}: {check.Detail}"));
        File.AppendAllText(Path.Combine(pretrained, "config.json"), " ");
        Assert.Equal("data: checkpoint", Assert.Single(RunVerification.Run(run.Files.Folder, computes: false, TestContext.Current.CancellationToken), check => check.Holds != true).Name);
    }

    [Fact]
    public void Text_that_was_handed_over_in_memory_cannot_be_learnt_again()
    {
        var tokenizer = TokenizerFiles.Load(Pretrain().Files.Checkpoint);
        var files = Pretraining.Run(Recipe("memory"), new(["one bird sings", "two birds sing"], ["three birds sing"]), tokenizer, cancellation: TestContext.Current.CancellationToken).Files;
        var checks = RunVerification.Run(files.Folder, cancellation: TestContext.Current.CancellationToken);
        Assert.All(checks, check => Assert.Equal(check.Name is "scored again" or "first steps" ? null : true, check.Holds));
        Assert.Contains("in memory", checks[^1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_record_is_refused()
    {
        Assert.Contains("run.json", Assert.Throws<BadInputException>(() => RunVerification.Run(folder.Root, cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.Path("run.json"), "{}");
        Assert.Throws<BadInputException>(() => RunVerification.Run(folder.Root, cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_run_on_a_prepared_corpus_names_its_licences_where_they_can_be_read()
    {
        var prepared = folder.Path("prepared");
        CorpusPreparation.Run(new()
        {
            Folder = prepared, Sources = [new() { Path = Texts(), License = "CC0-1.0", Origin = "birds" }], Steps = [new UnicodeRepair()],
        }, cancellation: TestContext.Current.CancellationToken);
        var card = CardOf("cited");
        Assert.Contains("| licence of data.path | documents |", card, StringComparison.Ordinal);
        Assert.Contains("| CC0-1.0 | 60 |", card, StringComparison.Ordinal);
        Assert.Contains("| birds | 60 |", card, StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(prepared, PreparationRecord.FileName), "[1]");
        Assert.DoesNotContain("licence", CardOf("foreign"), StringComparison.Ordinal);

        string CardOf(string run)
        {
            var files = Pretraining.Run(Recipe(run, Path.Combine(prepared, "corpus")), cancellation: TestContext.Current.CancellationToken).Files;
            Assert.All(RunVerification.Run(files.Folder, cancellation: TestContext.Current.CancellationToken), check => Assert.True(check.Holds, $"{check.Name}: {check.Detail}"));
            return File.ReadAllText(Path.Combine(files.Checkpoint, ModelCard.FileName));
        }
    }

    private RunResult Pretrain() => Pretraining.Run(Recipe("run"), cancellation: TestContext.Current.CancellationToken);

    private PretrainingRecipe Recipe(string run, string? texts = null) => RecipeReader.ReadText<PretrainingRecipe>($"""
        name: birds
        model: {"{"} family: bert, layer_count: 1, hidden_size: 32, head_count: 2, maximum_length: 32 {"}"}
        tokenizer: {"{"} kind: word_piece, vocabulary_size: 200 {"}"}
        data: {"{"} path: {texts ?? Texts()}, validation_share: 0.1 {"}"}
        training: {"{"} steps: 20, batch_size: 8, learning_rate: 3e-3, snapshot_every: 8 {"}"}
        """, "birds.yaml", [$"folder={folder.Path(run)}"]);

    private string Texts()
    {
        var path = folder.Path("texts.csv");
        File.WriteAllText(path, "text,label\n" + string.Join('\n', Enumerable.Range(0, 60).Select(i => $"the bird number {i} sings of {i * 7 % 13} trees,{(i % 2 == 0 ? "even" : "odd")}")));
        return path;
    }
}
