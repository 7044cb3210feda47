using Microsoft.Extensions.Logging;
using Plinth.Training.Observers;
using Xunit;

namespace Plinth.Tests.Training.Observers;

public sealed class CompositeObserverTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Journal journal = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_observer_that_cannot_write_is_dropped_and_named_once_and_the_others_go_on()
    {
        File.WriteAllText(folder["a file"], "");
        var history = new HistoryObserver();
        var watchers = new CompositeObserver([new JsonLinesObserver(folder["a file/run.jsonl"]), new TensorBoardObserver(folder["a file"]), history], journal);
        Reports.Play(watchers);
        Assert.Equal([history], watchers.Observers);
        Assert.Equal(2, history.Steps.Count);
        Assert.NotNull(history.End);
        Assert.Equal(2, journal.Entries.Count);
        Assert.Contains(nameof(JsonLinesObserver), journal.Entries[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_lost_on_the_way_does_not_end_the_run()
    {
        var history = new HistoryObserver();
        var watchers = new CompositeObserver([new JsonLinesObserver(folder["logs/run.jsonl"]), new TensorBoardObserver(folder["board"]), history], journal);
        watchers.Started(Reports.Start());
        Directory.Delete(folder["logs"], recursive: true);
        Directory.Delete(folder["board"], recursive: true);
        watchers.Stepped(Reports.Step(10));
        Assert.Equal([history], watchers.Observers);
    }

    [Fact]
    public void Defects_are_not_hidden() =>
        Assert.Throws<NotImplementedException>(() => new CompositeObserver([new Broken()]).Started(Reports.Start()));

    [Fact]
    public void A_logger_gets_one_entry_per_report()
    {
        Reports.Play(new LoggingObserver(journal));
        Assert.Equal(6, journal.Entries.Count);
        Assert.Contains("Step 10/100: loss 4.4000", journal.Entries[1], StringComparison.Ordinal);
        Assert.Contains("loss 4.2, accuracy 0.25", journal.Entries[2], StringComparison.Ordinal);
        Assert.Contains("interrupted at step 20", journal.Entries[5], StringComparison.Ordinal);
    }

    private sealed class Journal : ILogger
    {
        public List<string> Entries { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Entries.Add(formatter(state, exception));
    }

    private sealed class Broken : IRunObserver
    {
        public void Started(RunStart start) => throw new NotImplementedException();

        public void Stepped(StepReport report) => throw new NotImplementedException();

        public void Evaluated(EvaluationReport report) => throw new NotImplementedException();

        public void Ended(RunEnd end) => throw new NotImplementedException();
    }
}
