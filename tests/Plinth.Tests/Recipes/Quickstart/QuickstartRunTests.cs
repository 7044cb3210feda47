using System.Xml.Linq;
using Plinth.Core;
using Plinth.Layers.Adapters;
using Plinth.Recipes.Quickstart;
using Plinth.Training.Observers;

namespace Plinth.Tests.Recipes.Quickstart;

/// <summary>The whole quickstart on a small text of one's own, interrupted and gone on with.</summary>
public sealed class QuickstartRunTests : IDisposable
{
    private static readonly QuickstartPlan Plan = new()
    {
        LayerCount = 1,
        HiddenSize = 32,
        EncoderVocabulary = 300,
        DecoderVocabulary = 300,
        EncoderLength = 32,
        DecoderLength = 32,
        TaskLength = 32,
        EncoderSteps = 6,
        DecoderSteps = 6,
        BatchSize = 4,
        TestSamples = 10,
        RetrievalPairs = 10,
        Labels = [new(5, 3, 4, 2), new(null, 3, 4, 1)],
    };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_interrupted_quickstart_goes_on_and_ends_with_table_report_and_adapters()
    {
        WriteText();
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => QuickstartRun.Run(Options(), Plan, new View(stop, stopAfter: 3), cancellation: stop.Token));
        var measured = File.ReadAllLines(Files.Cells);
        Assert.Equal(3, measured.Length);

        var outcome = QuickstartRun.Run(Options(), Plan, new View(), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(measured, File.ReadAllLines(Files.Cells)[..3]);
        var group = Assert.Single(outcome.Table.Groups);
        Assert.Equal(4, group.Rows.Count);
        Assert.All(group.Rows, row => Assert.NotNull(row.Cells[^1]));
        Assert.True(AdapterFiles.IsAdapter(Files.Adapter("retrieval")));
        var report = File.ReadAllText(Files.Report);
        Assert.NotNull(XDocument.Parse(report[report.IndexOf("<html", StringComparison.Ordinal)..]).Root);
    }

    [Fact]
    public void Another_seed_does_not_go_on_in_the_same_folder()
    {
        WriteText();
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => QuickstartRun.Run(Options(), Plan, new View(stop, stopAfter: 1), cancellation: stop.Token));
        var error = Assert.Throws<BadInputException>(() => QuickstartRun.Run(
            Options() with { Seed = 2 }, Plan, new View(), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("--fresh", error.Message, StringComparison.Ordinal);
    }

    private QuickstartFiles Files => new(folder.Path("run"));

    private QuickstartOptions Options() => new() { Data = folder.Path("text.txt"), Folder = folder.Path("run") };

    private void WriteText()
    {
        string[] things = ["river", "house", "garden", "letter", "window", "harbour", "mountain", "market", "bridge", "orchard"];
        string[] deeds = ["was painted", "was sold", "was opened", "was forgotten", "was found", "was closed"];
        File.WriteAllText(folder.Path("text.txt"), string.Join("\n\n", Enumerable.Range(0, 300).Select(i =>
            $"In the year {1700 + i} the {things[i % 10]} {deeds[i % 6]} by a stranger from the north. " +
            $"Nobody in the {things[i * 7 % 10]} knew why the {things[i * 3 % 10]} number {i} {deeds[i * 5 % 6]} so late in the day.")));
    }

    private sealed class View(CancellationTokenSource? stop = null, int stopAfter = 0) : IQuickstartView
    {
        public IRunObserver Training => new HistoryObserver();

        public void Stage(string title) { }

        public void Note(string text) { }

        public void Measured(int done, int total, string current, TimeSpan remaining)
        {
            if (done == stopAfter)
            {
                stop?.Cancel();
            }
        }
    }
}
