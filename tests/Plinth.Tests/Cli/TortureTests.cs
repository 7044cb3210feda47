using System.Globalization;
using Plinth.Cli;
using Plinth.Cli.Commands;
using Plinth.Cli.Torture;
using Plinth.Core;

namespace Plinth.Tests.Cli;

/// <summary>Runs in processes that are killed, as a user's are.</summary>
public sealed class TortureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Five_kills_leave_the_bytes_of_a_run_in_peace()
    {
        var (code, output, error) = await CommandLineTests.Run("torture", Recipe(), "--kills", "5", "--seed", "3", "--folder", folder.Path("runs"));
        Assert.True(code == ExitCodes.Success, output + error);
        Assert.Contains("5 kills", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_bytes_are_told_by_their_files()
    {
        var recipe = Recipe();
        var test = new KillTest(place => TortureCommand.StartOf(["pretrain", recipe, "training.steps=4", $"seed={(place.EndsWith("whole", StringComparison.Ordinal) ? 1 : 2)}", $"folder={place}"]), folder.Path("runs"), 0, _ => { });
        var result = await test.Run(0, TestContext.Current.CancellationToken);
        Assert.Equal(1, result.RunCount);
        Assert.Contains(result.Differences, name => name.EndsWith("model.safetensors", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_that_fails_by_itself_says_why()
    {
        var test = new KillTest(place => TortureCommand.StartOf(["pretrain", folder.Path("no-such.yaml"), $"folder={place}"]), folder.Path("runs"), 0, _ => { });
        var error = await Assert.ThrowsAsync<PlinthException>(() => test.Run(1, TestContext.Current.CancellationToken));
        Assert.Contains("no-such.yaml", error.Message, StringComparison.Ordinal);
    }

    private string Recipe()
    {
        var path = folder.Path("recipe.yaml");
        File.WriteAllText(folder.Path("texts.csv"), "text\n" + string.Join('\n', Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $"the bird number {i} sings of {i * 7 % 13} trees"))));
        File.WriteAllText(path, $"""
            name: torn
            model: {"{"} family: bert, layer_count: 1, hidden_size: 32, head_count: 2, maximum_length: 32 {"}"}
            tokenizer: {"{"} kind: word_piece, vocabulary_size: 200 {"}"}
            data: {"{"} path: {folder.Path("texts.csv")}, validation_share: 0.1 {"}"}
            objective: {"{"} type: masked_lm {"}"}
            training: {"{"} steps: 300, batch_size: 8, learning_rate: 3e-3 {"}"}
            """);
        return path;
    }
}
