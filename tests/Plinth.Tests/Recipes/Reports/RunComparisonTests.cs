using Plinth.Cli;
using Plinth.Core;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Reports;
using Plinth.Tests.Cli;

namespace Plinth.Tests.Recipes.Reports;

/// <summary>Runs side by side.</summary>
public sealed class RunComparisonTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Two_runs_show_what_came_out_and_what_their_recipes_say_differently()
    {
        var first = Train("first", "training.steps=8");
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Train("second", "training.steps=12 training.learning_rate=1e-3", [new StopAt(7, stop)], stop.Token));

        var comparison = RunComparison.Load([folder.Path("first"), folder.Path("second")]);
        var results = comparison.Results();
        Assert.Equal(["", "first", "second"], results.Header);
        Assert.Equal(["steps", "8 of 8", "7 of 12, not at its end"], Texts(results, "steps"));
        Assert.Equal(first.Scores["loss"].ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture), Texts(results, "loss")[1]);
        Assert.Equal("–", Texts(results, "loss")[2]);
        Assert.Equal(["folder", "training.learning_rate", "training.steps"], comparison.Differences()!.Rows.Select(row => row[0].Text));
        Assert.Equal(["training.steps", "8", "12"], Texts(comparison.Differences()!, "training.steps"));

        var (code, output, error) = await CommandLineTests.Run("compare", folder.Path("first"), folder.Path("second"), "--report", folder.Path("page.html"));
        Assert.True(code == ExitCodes.Success, error);
        Assert.Contains("page.html", output, StringComparison.Ordinal);
        var page = await File.ReadAllTextAsync(folder.Path("page.html"), TestContext.Current.CancellationToken);
        Assert.Contains("Training loss", page, StringComparison.Ordinal);
        Assert.Contains("not at its end", page, StringComparison.Ordinal);
    }

    [Fact]
    public void One_run_or_no_run_is_refused()
    {
        Assert.Throws<BadInputException>(() => RunComparison.Load([folder.Root]));
        Assert.Contains("log.jsonl", Assert.Throws<BadInputException>(() => RunComparison.Load([folder.Root, folder.Root])).Message, StringComparison.Ordinal);
        Train("first", "training.steps=2");
        File.WriteAllText(folder.Path("first", "scores.json"), "[1");
        Assert.Contains("scores.json", Assert.Throws<BadInputException>(() => RunComparison.Load([folder.Path("first"), folder.Path("first")])).Message, StringComparison.Ordinal);
    }

    private static string[] Texts(ReportTable table, string name) => [.. table.Rows.Single(row => row[0].Text == name).Select(cell => cell.Text)];

    private RunResult Train(string name, string settings, IReadOnlyList<Plinth.Training.Observers.IRunObserver>? observers = null, CancellationToken? cancellation = null) => Pretraining.Run(
        RecipeReader.Read<PretrainingRecipe>(Path.Combine(Fixtures.Root, "recipes", "text", "smoke-bert.yaml"), [$"folder={folder.Path(name)}", $"data.path={Path.Combine(Fixtures.Root, "recipes", "text", "smoke.csv")}", .. settings.Split(' ')]),
        observers, cancellation: cancellation ?? TestContext.Current.CancellationToken);
}
