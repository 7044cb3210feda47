using Plinth.Core;
using Plinth.Tests.Core;
using Plinth.Training;

namespace Plinth.Tests.Training;

/// <summary>Somebody deletes, moves or replaces what a run stands on.</summary>
[Collection(AloneInProcess.Name)]
public sealed class VanishingFolderTests
{
    private static readonly TrainerOptions options = new() { Steps = 8, ReportEvery = 1, SnapshotEvery = 2, Seed = 3 };

    [Fact]
    public void A_run_whose_folder_is_moved_away_stops_leaves_nothing_and_goes_on_when_it_is_back()
    {
        using var folder = new ScratchFolder();
        using var whole = new TinyObjective(dropout: 0.2);
        Run(whole, null);

        using var objective = new TinyObjective(dropout: 0.2);
        var error = Assert.Throws<PlinthException>(() => Run(objective, folder["run"], step => { if (step == 5) { Directory.Move(folder["run"], folder["away"]); } }));
        Assert.Contains($"'{folder["run"]}' of this run is gone", error.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(folder["run"]));

        Directory.Move(folder["away"], folder["run"]);
        using var second = new TinyObjective(dropout: 0.2, seed: 9);
        Assert.Equal(5, Run(second, folder["run"]).History[0].Step);
        Assert.Equal(Weights.Bytes(whole), Weights.Bytes(second));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_whose_folder_is_deleted_or_replaced_stops_and_leaves_what_stands_there(bool isReplaced)
    {
        using var folder = new ScratchFolder();
        using var objective = new TinyObjective();
        var error = Assert.Throws<PlinthException>(() => Run(objective, folder["run"], step =>
        {
            if (step == 4)
            {
                Directory.Delete(folder["run"], recursive: true);
                if (isReplaced)
                {
                    File.WriteAllText(folder["run"], "mine");
                }
            }
        }));
        Assert.Contains("is gone", error.Message, StringComparison.Ordinal);
        Assert.Equal(isReplaced, File.Exists(folder["run"]));
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_whose_data_is_gone_says_where_it_stands_and_goes_on_when_it_is_back(bool isTyped)
    {
        using var folder = new ScratchFolder();
        using var whole = new TinyObjective();
        Run(whole, null);

        using var objective = new TinyObjective();
        var error = Assert.Throws<BadInputException>(() =>
            new Trainer(options).Run(objective, new LostData(4, 5, isTyped), folder: folder["run"], cancellation: TestContext.Current.CancellationToken));
        Assert.StartsWith("The shard is gone. Step 6 of 8 needs it", error.Message, StringComparison.Ordinal);
        Assert.Contains($"The last snapshot, '{Path.Combine(folder["run"], "snapshot", "step-000000000004")}', is intact.", error.Message, StringComparison.Ordinal);

        using var second = new TinyObjective(seed: 9);
        Run(second, folder["run"]);
        Assert.Equal(Weights.Bytes(whole), Weights.Bytes(second));
    }

    [Fact]
    public void Data_that_is_wrong_is_told_in_its_own_words()
    {
        using var objective = new TinyObjective();
        var error = Assert.Throws<BadInputException>(() => new Trainer(options).Run(objective, new WrongData(), cancellation: TestContext.Current.CancellationToken));
        Assert.Equal("Row 7 is no row.", error.Message);
    }

    private static TrainingResult Run(TinyObjective objective, string? folder, Action<long>? stepped = null) =>
        new Trainer(options, [new RecordingObserver { OnStep = report => stepped?.Invoke(report.Step) }])
            .Run(objective, new TinyData(4), folder: folder, cancellation: TestContext.Current.CancellationToken);

    private sealed class LostData(int rows, long from, bool isTyped) : IBatchSource
    {
        private readonly TinyData inner = new(rows);

        public long BatchesPerEpoch => inner.BatchesPerEpoch;

        public Batch At(long index)
        {
            var cause = new FileNotFoundException("The shard is gone.");
            return index < from ? inner.At(index) : throw (isTyped ? new BadInputException(cause.Message, cause) : cause);
        }
    }

    private sealed class WrongData : IBatchSource
    {
        public long BatchesPerEpoch => 10;

        public Batch At(long index) => throw new BadInputException("Row 7 is no row.");
    }
}
