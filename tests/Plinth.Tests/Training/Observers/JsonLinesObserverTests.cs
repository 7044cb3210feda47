using System.Text.Json;
using Plinth.Core;
using Plinth.Training.Observers;
using Xunit;

namespace Plinth.Tests.Training.Observers;

public sealed class JsonLinesObserverTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string path;

    public JsonLinesObserverTests() => path = folder["logs/run.jsonl"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_report_is_one_object_on_one_line()
    {
        Reports.Play(new JsonLinesObserver(path));
        var lines = File.ReadAllText(path).Split('\n');
        Assert.Equal(7, lines.Length);
        Assert.Empty(lines[^1]);
        var names = lines[..^1].Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString());
        Assert.Equal(["start", "step", "evaluation", "step", "evaluation", "end"], names);
        var step = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal(4.4, step.GetProperty("loss").GetDouble(), 12);
        Assert.Equal(5120, step.GetProperty("tokens_seen").GetInt64());
        Assert.Equal(5, step.GetProperty("elapsed").GetDouble());
    }

    [Fact]
    public void A_log_reads_back_as_the_history_of_the_run()
    {
        var live = new HistoryObserver();
        Reports.Play(live);
        Reports.Play(new JsonLinesObserver(path));
        var loaded = HistoryObserver.Load(path);
        Assert.Equal(live.Start, loaded.Start);
        Assert.Equal(live.Steps, loaded.Steps);
        Assert.Equal(live.End, loaded.End);
        Assert.Equal([4.2, double.NaN], loaded.Evaluations.Select(e => e.Scores["loss"]));
        Assert.Equal(10, loaded.Best?.Step);
    }

    [Fact]
    public void A_resumed_run_goes_on_behind_its_first_step()
    {
        Reports.Play(new JsonLinesObserver(path));
        var resumed = new JsonLinesObserver(path);
        resumed.Started(Reports.Start(firstStep: 15));
        resumed.Stepped(Reports.Step(20));
        resumed.Ended(Reports.End(20));
        var names = File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString());
        Assert.Equal(["start", "step", "evaluation", "start", "step", "end"], names);
        var history = HistoryObserver.Load(path);
        Assert.Equal([10, 20], history.Steps.Select(s => s.Step));
        Assert.Single(history.Evaluations);
        Assert.False(history.End!.Interrupted);
    }

    [Fact]
    public void A_new_run_begins_the_file_anew()
    {
        Reports.Play(new JsonLinesObserver(path));
        Reports.Play(new JsonLinesObserver(path));
        Assert.Equal(6, File.ReadLines(path).Count());
    }

    [Fact]
    public void A_last_line_cut_off_with_the_process_is_dropped()
    {
        Reports.Play(new JsonLinesObserver(path));
        File.AppendAllText(path, "{\"event\":\"step\",\"st");
        Assert.Equal(2, HistoryObserver.Load(path).Steps.Count);
        new JsonLinesObserver(path).Started(Reports.Start(firstStep: 20));
        Assert.Equal(7, File.ReadLines(path).Count());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[1]")]
    [InlineData("{\"event\":\"step\"}")]
    [InlineData("{\"event\":\"dance\"}")]
    [InlineData("{\"event\":{}}")]
    [InlineData("{\"event\":\"end\",\"step\":1,\"elapsed\":1e300,\"interrupted\":false}")]
    [InlineData("{\"event\":\"evaluation\",\"step\":1,\"scores\":null,\"is_best\":false}")]
    public void A_spoilt_line_is_named(string line)
    {
        Reports.Play(new JsonLinesObserver(path));
        File.AppendAllText(path, line + "\n");
        var error = Assert.Throws<BadInputException>(() => HistoryObserver.Load(path));
        Assert.Contains("Line 7", error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_log_is_named() =>
        Assert.Contains("nowhere", Assert.Throws<BadInputException>(() => HistoryObserver.Load(folder["nowhere"])).Message, StringComparison.Ordinal);
}
