using Plinth.Tests.Core;
using Plinth.Training;
using Plinth.Training.Observers;

namespace Plinth.Tests.Training;

/// <summary>The clock on the wall may be set back or ahead while a run goes on: times of reports follow it, durations and order do not.</summary>
[Collection(AloneInProcess.Name)]
public sealed class JumpingClockTests
{
    [Fact]
    public void Durations_rates_and_the_order_of_logs_and_snapshots_do_not_follow_the_clock_on_the_wall()
    {
        using var folder = new ScratchFolder();
        var clock = new JumpingClock();
        TrainerOptions options = new() { Steps = 8, ReportEvery = 1, SnapshotEvery = 1 };
        using var objective = new TinyObjective(dropout: 0);
        using (var stop = new CancellationTokenSource())
        {
            Run(new RecordingObserver { OnStep = report => { if (report.Step == 5) { stop.Cancel(); } } }, stop.Token);
        }

        // The newest snapshot is that of the highest step, whatever time stands on it.
        foreach (var place in Directory.GetDirectories(folder["run/snapshot"]))
        {
            Directory.SetLastWriteTimeUtc(place, place.EndsWith('5') ? DateTime.UnixEpoch : DateTime.UtcNow.AddYears(1));
        }

        Assert.Equal(6, Run(new RecordingObserver(), TestContext.Current.CancellationToken)[0].Step);
        var history = HistoryObserver.Load(folder["log"]);
        Assert.Equal([1L, 2, 3, 4, 5, 6, 7, 8], history.Steps.Select(step => step.Step));
        // Each session steps a second at a time by the clock that only goes on.
        Assert.All(history.Steps, step => Assert.InRange(step.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(1)));
        Assert.All(history.Steps, step => Assert.InRange(step.Remaining, TimeSpan.Zero, TimeSpan.FromMinutes(1)));
        Assert.All(history.Steps, step => Assert.InRange(step.TokensPerSecond, 1, 1e6));
        Assert.InRange(history.Elapsed, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2));
        var files = Directory.GetFiles(folder["board"]).OrderBy(Path.GetFileName, StringComparer.Ordinal).ToList();
        Assert.Equal(2, files.Count);
        Assert.True(new FileInfo(files[0]).Length > new FileInfo(files[1]).Length, "The file of the first session, which is longer, must be read first.");

        IReadOnlyList<StepReport> Run(RecordingObserver observer, CancellationToken cancellation)
        {
            clock.Jump();
            IRunObserver[] observers = [new JsonLinesObserver(folder["log"], clock), new CsvObserver(folder["table"], clock), new TensorBoardObserver(folder["board"], clock), observer];
            return new Trainer(options, observers, time: clock).Run(objective, new TinyData(4), folder: folder["run"], cancellation: cancellation).History;
        }
    }

    // A second passes at each look; what it says of the day leaps.
    private sealed class JumpingClock : TimeProvider
    {
        private long looks;
        private int jumps;

        public override long TimestampFrequency => 4;

        public override long GetTimestamp() => looks++;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50).AddDays(looks % 2 == 0 ? 400 : -400).AddYears(-jumps);

        public void Jump() => jumps += 5;
    }
}
