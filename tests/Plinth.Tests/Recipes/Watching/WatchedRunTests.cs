using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Training;
using Plinth.Training.Control;
using Plinth.Training.Observers;

namespace Plinth.Tests.Recipes.Watching;

/// <summary>What a run tells those who watch it, and how it follows what they ask.</summary>
public sealed class WatchedRunTests : IDisposable
{
    private readonly Plinth.Tests.TemporaryFolder folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("bert", "[MASK]")]
    [InlineData("gpt2", null)]
    public void A_run_tells_of_blocks_the_machine_and_what_the_model_says(string family, string? hidden)
    {
        var result = Pretraining.Run(Recipe("run", $"model.family={family}", $"objective.type={(hidden is null ? "causal_lm" : "masked_lm")}"), cancellation: Cancellation);
        var history = HistoryObserver.Load(result.Files.Log);
        Assert.NotNull(history.Start!.Cost);
        Assert.All(history.Steps, step =>
        {
            Assert.Equal(2, step.BlockGradientNorms!.Keys.Count(name => name.Contains(".layers.", StringComparison.Ordinal)));
            Assert.Equal(step.GradientNorm, Math.Sqrt(step.BlockGradientNorms!.Values.Sum(norm => norm * norm)), 1e-3 * step.GradientNorm);
            Assert.Equal(step.TokensPerSecond * history.Start.Cost.OperationsPerElement / history.Start.Cost.PeakPerSecond, step.Utilization!.Value, 1e-9);
            Assert.InRange(step.DataWaitShare!.Value, 0, 1);
            Assert.True(step.ManagedBytesPerStep > 0);
        });
        Assert.All(history.Evaluations, evaluation => Assert.NotEmpty(evaluation.Samples!));
        Assert.All(history.Evaluations[^1].Samples!, sample => Assert.Equal(hidden is not null, sample.Given.Contains(hidden ?? "[MASK]", StringComparison.Ordinal)));
        Assert.Contains("libtorch", File.ReadAllText(result.Files.Environment), StringComparison.Ordinal);
        Assert.Equal(history.Steps.Count, File.ReadLines(result.Files.Table).Count(line => line.StartsWith("step,", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_run_that_is_stopped_by_its_control_file_goes_on_to_the_same_weights()
    {
        var whole = Pretraining.Run(Recipe("whole"), cancellation: Cancellation);
        var asked = new AskAt(9, folder.Path("parts"));
        Assert.Throws<OperationCanceledException>(() => Pretraining.Run(Recipe("parts"), [asked], cancellation: Cancellation));
        Assert.Equal(RunRequest.Stop, asked.Followed?.Request);
        Assert.False(Trainer.IsRunning(folder.Path("parts")));

        var parts = Pretraining.Run(Recipe("parts"), cancellation: Cancellation);
        Assert.Equal(Weights(whole), Weights(parts));
        var history = HistoryObserver.Load(parts.Files.Log);
        Assert.Equal(Enumerable.Range(1, 30), history.Steps.Select(step => (int)step.Step));
        Assert.Contains("\"event\":\"control\"", File.ReadAllText(parts.Files.Log), StringComparison.Ordinal);
        // No step is twice in the table.
        Assert.Equal(30, File.ReadLines(parts.Files.Table).Where(line => line.StartsWith("step,", StringComparison.Ordinal)).Select(line => line.Split(',')[1]).Distinct().Count());
    }

    private PretrainingRecipe Recipe(string name, params string[] overrides)
    {
        var smoke = Path.Combine(Fixtures.Root, "recipes", "text");
        return RecipeReader.Read<PretrainingRecipe>(Path.Combine(smoke, "smoke-bert.yaml"), [$"folder={folder.Path(name)}", $"data.path={Path.Combine(smoke, "smoke.csv")}", .. overrides]);
    }

    private static byte[] Weights(RunResult run) => File.ReadAllBytes(Path.Combine(run.Files.Checkpoint, "model.safetensors"));

    /// <summary>Asks a run to stop, and waits at the step until it will look at the file.</summary>
    private sealed class AskAt(long step, string runFolder) : IRunObserver
    {
        public ControlReport? Followed { get; private set; }

        public void Started(RunStart start)
        {
        }

        public void Stepped(StepReport report)
        {
            if (report.Step == step)
            {
                ControlFile.Ask(runFolder, RunRequest.Stop);
                Thread.Sleep(120);
            }
        }

        public void Evaluated(EvaluationReport report)
        {
        }

        public void Controlled(ControlReport report) => Followed = report;

        public void Ended(RunEnd end)
        {
        }
    }
}
