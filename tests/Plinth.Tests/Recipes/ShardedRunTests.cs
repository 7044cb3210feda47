using Plinth.Core.Files;
using Plinth.Data.Text;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Records;
using Plinth.Training.Observers;

namespace Plinth.Tests.Recipes;

/// <summary>Pre-training runs whose text lies in shards, and mixtures of texts.</summary>
public sealed class ShardedRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_run_through_shards_gives_the_weights_of_a_run_in_memory()
    {
        var recipe = Smoke("files");
        var files = Pretraining.Run(recipe, cancellation: Stop);
        var text = CorpusSplit.Read(recipe.Data);
        var memory = Pretraining.Run(Smoke("memory"), new CorpusSplit([.. text.Training], [.. text.Validation]), TokenizerFiles.Load(files.Files.Tokenizer), cancellation: Stop);
        Assert.Equal(Weights(memory), Weights(files));
        Assert.True(Directory.Exists(files.Files.Tokens));
        Assert.False(Directory.Exists(memory.Files.Tokens));
    }

    [Fact]
    public void A_cache_serves_other_runs_on_the_same_data_and_no_others()
    {
        var cache = folder.Path("cache");
        var first = Pretraining.Run(Smoke("first", $"data.cache={cache}"), cancellation: Stop);
        var made = Directory.GetDirectories(cache);
        Assert.Equal(2, made.Length);
        var times = made.Select(Directory.GetLastWriteTimeUtc).ToList();
        string[] same = [$"data.cache={cache}", $"tokenizer.path={first.Files.Tokenizer}"];
        Pretraining.Run(Smoke("second", same), cancellation: Stop);
        Assert.Equal(times, Directory.GetDirectories(cache).Select(Directory.GetLastWriteTimeUtc));
        Pretraining.Run(Smoke("third", [.. same, "data.validation_share=0.2"]), cancellation: Stop);
        Assert.Equal(4, Directory.GetDirectories(cache).Length);
    }

    [Fact]
    public void A_mixture_is_trained_on_and_goes_on_to_the_same_weights()
    {
        CorpusRecipe data = new() { Sources = [new() { Path = Lines("one", 40) }, new() { Path = Lines("two", 90) }], Temperature = 2, Unit = TextUnit.Line };
        var whole = Pretraining.Run(Smoke("whole") with { Data = data }, cancellation: Stop);
        Assert.True(double.IsFinite(whole.Scores["loss"]));
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Pretraining.Run(Smoke("parts") with { Data = data }, [new StopAt(7, stop)], cancellation: stop.Token));
        Assert.Equal(Weights(whole), Weights(Pretraining.Run(Smoke("parts") with { Data = data }, cancellation: Stop)));
    }

    [Fact]
    public void Each_source_of_a_mixture_is_told_apart_in_the_log_and_the_scores()
    {
        CorpusRecipe data = new() { Sources = [new() { Path = Lines("one", 40) }, new() { Path = Lines("two", 90) }], Unit = TextUnit.Line };
        var run = Pretraining.Run(Smoke("told") with { Data = data }, cancellation: Stop);
        var step = HistoryObserver.Load(run.Files.Log).Steps[^1];
        var sources = step.Sources!;
        Assert.Equal(2, sources.Count);
        Assert.All(sources.Keys, name => Assert.True(double.IsFinite(run.Scores[$"loss/{name}"])));
        Assert.Equal(2, File.ReadLines(run.Files.Table).Count(line => line.StartsWith($"source,{step.Step},", StringComparison.Ordinal)));
        // Beside a teacher it is the loss of the labels, which is that of the whole batch by parts.
        var taught = Pretraining.Run(Smoke("taught", $"distillation.teacher={run.Files.Checkpoint}", $"tokenizer.path={run.Files.Checkpoint}") with { Data = data }, cancellation: Stop);
        Assert.All(taught.Training.History, report =>
        {
            var (labels, targets) = (report.Terms!.Single(term => term.Key != "distillation").Value, report.Sources!.Values.Sum(source => source.TargetCount));
            Assert.Equal(labels, report.Sources!.Values.Sum(source => source.Loss * source.TargetCount) / targets, 1e-4);
        });
    }

    [Fact]
    public void Data_is_read_once_and_may_go_when_it_is_encoded()
    {
        File.Copy(Path.Combine(Fixtures.Root, "recipes", "text", "smoke.csv"), folder.Path("text.csv"));
        string[] settings = [$"data.path={folder.Path("text.csv")}", $"data.cache={folder.Path("cache")}", "training.evaluate_every=100"];
        var hash = FileHash.Of(folder.Path("text.csv"));
        var whole = Pretraining.Run(Smoke("whole", settings), cancellation: Stop);
        var robbed = Pretraining.Run(Smoke("robbed", settings), [new At(3, () => File.AppendAllText(folder.Path("text.csv"), "later"))], cancellation: Stop);
        Assert.Equal(Weights(whole), Weights(robbed));
        Assert.Equal(hash, Assert.Single(RunRecord.Load(robbed.Files.Folder).Data, data => data.Key == "data.path").Hash);
    }

    [Fact]
    public void Links_that_lead_in_a_circle_end()
    {
        File.WriteAllText(Directory.CreateDirectory(folder.Path("data", "sub")).FullName + "/in.txt", "in");
        var before = new PathHashes().Of(folder.Path("data"));
        Directory.CreateSymbolicLink(folder.Path("data", "sub", "again"), folder.Path("data"));
        Directory.CreateSymbolicLink(folder.Path("data", "more"), folder.Path("data"));
        Assert.Equal(before, new PathHashes().Of(folder.Path("data")));
    }

    private sealed class At(long step, Action act) : IRunObserver
    {
        public void Started(RunStart start) { }

        public void Stepped(StepReport report)
        {
            if (report.Step == step)
            {
                act();
            }
        }

        public void Evaluated(EvaluationReport report) { }

        public void Ended(RunEnd end) { }
    }

    private static string Weights(RunResult run) => FileHash.Of(Path.Combine(run.Files.Checkpoint, "model.safetensors"));

    private string Lines(string word, int count)
    {
        var path = folder.Path($"{word}.txt");
        File.WriteAllLines(path, Enumerable.Range(0, count).Select(i => $"This is {word} line, number {i} of them."));
        return path;
    }

    private PretrainingRecipe Smoke(string name, params string[] overrides) => RecipeReader.Read<PretrainingRecipe>(
        Path.Combine(Fixtures.Root, "recipes", "text", "smoke-bert.yaml"),
        [$"folder={folder.Path(name)}", $"data.path={Path.Combine(Fixtures.Root, "recipes", "text", "smoke.csv")}", "training.steps=12", .. overrides]);
}
