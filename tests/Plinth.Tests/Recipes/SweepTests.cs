using Plinth.Core;
using Plinth.Recipes.Sweeps;
using Plinth.Tests.Cli;

namespace Plinth.Tests.Recipes;

public sealed class SweepTests : IDisposable
{
    private static readonly string[] shared = [$"data.path={Smoke("smoke.csv")}", "training.steps=16", "training.evaluate_every=2", "training.batch_size=4", "model.layer_count=1", "model.hidden_size=16"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void All_combinations_are_tried_in_their_order()
    {
        var sweep = new Sweep(Options("training.learning_rate=1e-3,1e-2", "training.beta2=0.9,0.99,0.999"));
        Assert.Equal(6, sweep.Trials.Count);
        Assert.Equal(["training.learning_rate=1e-3", "training.beta2=0.99"], sweep.Trials[1].Settings);
    }

    [Fact]
    public void Random_combinations_follow_from_the_seed_and_stay_in_their_ranges()
    {
        IReadOnlyList<SweepTrial> Drawn(int seed) => new Sweep(Options("training.learning_rate=1e-4..1e-2", "training.batch_size=4..64") with { RandomCount = 20, Seed = seed }).Trials;
        var first = Drawn(1);
        Assert.Equal(first.SelectMany(trial => trial.Settings), Drawn(1).SelectMany(trial => trial.Settings));
        Assert.NotEqual(first.SelectMany(trial => trial.Settings), Drawn(2).SelectMany(trial => trial.Settings));
        Assert.Equal(20, first.Count);
        Assert.All(first, trial => Assert.InRange(double.Parse(trial.Settings[0].Split('=')[1], System.Globalization.CultureInfo.InvariantCulture), 1e-4, 1e-2));
        Assert.All(first, trial => Assert.InRange(int.Parse(trial.Settings[1].Split('=')[1], System.Globalization.CultureInfo.InvariantCulture), 4, 64));
    }

    [Theory]
    [InlineData("training.learning_rat=1,2", "learning_rate")]
    [InlineData("training.learning_rate=fast,slow", "fast")]
    [InlineData("training.learning_rate", "--set")]
    [InlineData("training.learning_rate=1e-4..1e-2", "--random")]
    [InlineData("training.learning_rate=1e-2..1e-4", "higher")]
    [InlineData("training.learning_rate=1,,2", "--set")]
    public void A_setting_that_cannot_be_is_refused_before_anything_runs(string setting, string named)
    {
        var options = Options(setting) with { RandomCount = named == "higher" ? 3 : null };
        Assert.Contains(named, Assert.Throws<RecipeException>(() => new Sweep(options)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Path("sweep")));
    }

    [Fact]
    public void Values_may_be_lists_and_mappings() => Assert.Equal(2, new Sweep(Options("training.optimizer={type: lion, beta1: 0.8},{type: adamw}")).Trials.Count);

    [Fact]
    public void The_worse_half_is_given_up_and_a_sweep_that_was_ended_decides_the_same()
    {
        var options = Options("training.learning_rate=1e-5,1e-3,1e-2,3e-4") with { Halving = true };
        var whole = new Sweep(options).Run(cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([16L, 8, 4, 4], whole.Trials.Select(trial => trial.Value.Last.Step));
        Assert.Equal([3, 2, 1, 1], whole.Trials.Select(trial => trial.Value.Points.Count));
        Assert.Equal("loss", whole.Trials[0].Value.Criterion);
        Assert.True(File.Exists(Path.Combine(whole.BestFolder, "checkpoint", "model.safetensors")));
        Assert.True(File.Exists(folder.Path("sweep", "report.html")));

        // Ended in the third of the rounds' runs, and once more between a run's end and its note.
        var again = options with { Folder = folder.Path("again") };
        using var stop = new CancellationTokenSource();
        var runs = 0;
        Assert.Throws<OperationCanceledException>(() => new Sweep(again).Run(told: _ => { if (++runs == 6) { stop.Cancel(); } }, cancellation: stop.Token));
        List<string> told = [];
        var rest = new Sweep(again).Run(told: told.Add, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(2, told.Count);
        Assert.Equal(whole.Trials.Select(trial => (trial.Key.Name, trial.Value.Last)), rest.Trials.Select(trial => (trial.Key.Name, trial.Value.Last)));
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.BestFolder, "checkpoint", "model.safetensors")), File.ReadAllBytes(Path.Combine(rest.BestFolder, "checkpoint", "model.safetensors")));

        told.Clear();
        new Sweep(again).Run(told: told.Add, cancellation: TestContext.Current.CancellationToken);
        Assert.Empty(told);
    }

    [Theory]
    [InlineData(true, "b a c")]
    [InlineData(false, "a b c")]
    public void A_trial_that_diverged_is_the_last(bool isHigherBetter, string expected)
    {
        (SweepTrial, TrialState) Trial(string name, double? score) => (new(name, ["k=1"]), new(["k=1"], "loss", [new(1, 8, score)], score is null, new Dictionary<string, double>()));
        var ranked = SweepResults.Ranked([Trial("c", null), Trial("b", 2), Trial("a", 1)], 1, isHigherBetter);
        Assert.Equal(expected, string.Join(' ', ranked.Select(entry => entry.Trial.Name)));
        Assert.Contains("diverged", new SweepResults(ranked, folder.Path("sweep")).Table().ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_sweep_in_the_folder_is_refused()
    {
        new Sweep(Options("training.learning_rate=1e-3")).Run(cancellation: TestContext.Current.CancellationToken);
        Assert.Contains("other values", Assert.Throws<BadInputException>(
            () => new Sweep(Options("training.learning_rate=2e-3")).Run(cancellation: TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_shows_a_table_of_tasks_with_their_final_scores()
    {
        var pretrained = folder.Path("base");
        var (begun, _, refused) = await CommandLineTests.Run(["pretrain", Smoke("smoke-bert.yaml"), $"folder={pretrained}", .. shared, "training.steps=4"]);
        Assert.True(begun == 0, refused);
        var (code, output, error) = await CommandLineTests.Run(
            ["sweep", Smoke("smoke-classification.yaml"), $"checkpoint={pretrained}/checkpoint", $"data.train={Smoke("smoke.csv")}", $"data.validation={Smoke("smoke.csv")}", "training.steps=4", "--set", "adaptation.kind=low_rank,decomposed,scaling", "--folder", folder.Path("sweep")]);
        Assert.True(code == 0, error);
        Assert.Contains("decomposed", output, StringComparison.Ordinal);
        Assert.Contains("accuracy, final", output, StringComparison.Ordinal);
    }

    private static string Smoke(string file) => Path.Combine(Fixtures.Root, "recipes", "text", file);

    private SweepOptions Options(params string[] settings) => new() { Recipe = Smoke("smoke-bert.yaml"), Overrides = shared, Settings = settings, Folder = folder.Path("sweep") };
}
