using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Training.Control;
using Plinth.Training;

namespace Plinth.Tests.Training.Control;

public sealed class ControlFileTests : IDisposable
{
    private readonly Plinth.Tests.TemporaryFolder folder = new();
    private readonly ManualTime time = new();
    private readonly ListLogger remarks = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_request_is_heard_once_and_its_file_is_gone()
    {
        using var running = Running();
        var control = Control();
        Assert.Null(control.Take());
        foreach (var request in Enum.GetValues<RunRequest>())
        {
            ControlFile.Ask(folder.Root, request);
            time.Pass(TimeSpan.FromSeconds(1));
            Assert.Equal(request, control.Take());
            time.Pass(TimeSpan.FromSeconds(1));
            Assert.Null(control.Take());
            Assert.Empty(Directory.GetFiles(folder.Root));
        }
    }

    [Fact]
    public void It_looks_no_more_often_than_every_tenth_of_a_second()
    {
        var control = Control();
        Assert.Null(control.Take());
        Write("pause");
        time.Pass(TimeSpan.FromMilliseconds(99));
        Assert.Null(control.Take());
        time.Pass(TimeSpan.FromMilliseconds(1));
        Assert.Equal(RunRequest.Pause, control.Take());
    }

    [Fact]
    public void What_was_asked_before_the_run_began_is_void()
    {
        Write("stop");
        var control = Control();
        control.Begin();
        Assert.Null(control.Take());
        Assert.Empty(remarks.Lines);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PAUSE")]
    [InlineData("pause stop")]
    [InlineData("../../etc/passwd")]
    [InlineData("0")]
    [InlineData("stop\0")]
    public void What_is_no_request_is_removed_with_a_remark(string content)
    {
        Write(content);
        Assert.Null(Control().Take());
        Assert.Contains("pause, continue, stop, snapshot", Assert.Single(remarks.Lines), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void A_file_without_end_is_not_read_and_remarks_end_after_some()
    {
        var control = Control();
        for (var i = 0; i < 30; i++)
        {
            using (var file = File.Create(folder.Path(ControlFile.FileName)))
            {
                file.SetLength(1L << 33);
            }

            time.Pass(TimeSpan.FromSeconds(1));
            Assert.Null(control.Take());
        }

        Assert.Equal(10, remarks.Lines.Count);
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        var elsewhere = folder.Path("elsewhere.txt");
        File.WriteAllText(elsewhere, "stop");
        File.CreateSymbolicLink(folder.Path(ControlFile.FileName), elsewhere);
        Assert.Null(Control().Take());
        Assert.Equal("stop", File.ReadAllText(elsewhere));
        Assert.Single(remarks.Lines);
    }

    [Fact]
    public void A_file_that_cannot_be_taken_ends_the_listening_and_not_the_run()
    {
        Directory.CreateDirectory(folder.Path(ControlFile.FileName + ".taken", "full"));
        Write("stop");
        var control = Control();
        for (var i = 0; i < 3; i++)
        {
            time.Pass(TimeSpan.FromSeconds(1));
            Assert.Null(control.Take());
        }

        Assert.Contains("listens to no requests", Assert.Single(remarks.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_hears_where_no_run_is_going_on()
    {
        Assert.Contains("No run is going on", Assert.Throws<BadInputException>(() => ControlFile.Ask(folder.Root, RunRequest.Pause)).Message, StringComparison.Ordinal);
        using (Running())
        {
            Assert.True(Trainer.IsRunning(folder.Root));
        }

        Assert.False(Trainer.IsRunning(folder.Root));
        Assert.Throws<BadInputException>(() => ControlFile.Ask(folder.Root, RunRequest.Pause));
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void An_unknown_word_is_named_with_the_known_ones() =>
        Assert.Contains("'dance'", Assert.Throws<BadInputException>(() => ControlFile.Parse("dance")).Message, StringComparison.Ordinal);

    // As a run holds it.
    private FileStream Running() =>
        new(Path.Combine(Directory.CreateDirectory(folder.Path("snapshot")).FullName, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

    private ControlFile Control() => new(folder.Root, time, remarks);

    private void Write(string content) => File.WriteAllText(folder.Path(ControlFile.FileName), content);

    private sealed class ListLogger : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));
    }
}

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => now;

    public void Pass(TimeSpan time) => now += time.Ticks;
}
