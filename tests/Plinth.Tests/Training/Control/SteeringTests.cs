using Plinth.Training;
using Plinth.Training.Control;
using Plinth.Training.Observers;
using Plinth.Training.Optimizers;
using Plinth.Training.Schedules;

namespace Plinth.Tests.Training.Control;

[Collection(AloneInProcess.Name)]
public sealed class SteeringTests : IDisposable
{
    private static readonly TrainerOptions options = new()
    {
        Steps = 12, Optimizer = new AdamWOptions { LearningRate = 0.01 }, Schedule = new() { Kind = ScheduleKind.Constant }, ReportEvery = 1,
    };

    private readonly Plinth.Tests.TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_paused_and_continued_run_ends_with_the_very_weights_of_one_left_in_peace()
    {
        using var peaceful = new TinyObjective(dropout: 0.2);
        new Trainer(options).Train(peaceful, new TinyData(4));

        using var paused = new TinyObjective(dropout: 0.2);
        var watcher = new Watcher();
        var script = new Script((4, RunRequest.Pause), (4, RunRequest.Pause), (4, RunRequest.Snapshot), (4, RunRequest.Continue), (9, RunRequest.Snapshot)) { Now = () => watcher.Step };
        var result = new Trainer(options, [watcher], control: script).Train(paused, new TinyData(4), folder: folder.Root);

        Assert.False(result.Interrupted);
        Assert.Equal(Weights.Bytes(peaceful), Weights.Bytes(paused));
        Assert.Equal([(4, RunRequest.Pause), (4, RunRequest.Snapshot), (4, RunRequest.Continue), (9, RunRequest.Snapshot)], watcher.Followed);
        Assert.True(script.HasBegun);
    }

    [Fact]
    public void A_stopped_run_leaves_a_snapshot_and_goes_on_to_the_same_weights()
    {
        using var peaceful = new TinyObjective(dropout: 0.2);
        new Trainer(options).Train(peaceful, new TinyData(4));

        var watcher = new Watcher();
        using (var stopped = new TinyObjective(dropout: 0.2))
        {
            var script = new Script((7, RunRequest.Pause), (7, RunRequest.Stop)) { Now = () => watcher.Step };
            var result = new Trainer(options, [watcher], control: script).Train(stopped, new TinyData(4), folder: folder.Root);
            Assert.True(result.Interrupted);
            Assert.Equal(7, result.Step);
        }

        using var resumed = new TinyObjective(dropout: 0.2);
        var rest = new Trainer(options, [watcher]).Train(resumed, new TinyData(4), folder: folder.Root);
        Assert.Equal(5, rest.History.Count);
        Assert.Equal(Weights.Bytes(peaceful), Weights.Bytes(resumed));
        Assert.Equal([(7, RunRequest.Pause), (7, RunRequest.Stop)], watcher.Followed);
    }

    [Fact]
    public void A_snapshot_that_was_asked_for_is_there_at_once()
    {
        using var objective = new TinyObjective();
        var watcher = new Watcher { OnFollowed = () => Directory.GetDirectories(folder.Path("snapshot")).Select(path => Path.GetFileName(path)).Single(name => name.StartsWith("step-", StringComparison.Ordinal)) };
        var script = new Script((3, RunRequest.Snapshot)) { Now = () => watcher.Step };
        new Trainer(options, [watcher], control: script).Train(objective, new TinyData(4), folder: folder.Root);
        Assert.Equal("step-000000000003", watcher.Seen);
    }

    [Fact]
    public void A_pause_can_be_cancelled()
    {
        using var objective = new TinyObjective();
        using var cancel = new CancellationTokenSource();
        var watcher = new Watcher { OnFollowed = () => { cancel.Cancel(); return ""; } };
        var script = new Script((2, RunRequest.Pause)) { Now = () => watcher.Step };
        var result = new Trainer(options, [watcher], control: script).Run(objective, new TinyData(4), null, folder.Root, cancel.Token);
        Assert.True(result.Interrupted);
        Assert.Equal(2, result.Step);
    }

    [Fact]
    public void The_time_of_a_pause_is_no_training()
    {
        using var objective = new TinyObjective();
        var time = new ManualTime();
        var watcher = new Watcher();
        var script = new Script((6, RunRequest.Pause), (6, RunRequest.Continue)) { Now = () => watcher.Step, OnAsked = () => time.Pass(TimeSpan.FromHours(1)) };
        var ends = new RecordingObserver();
        new Trainer(options, [watcher, ends], time: time, control: script).Train(objective, new TinyData(4));
        // One of the two hours passes before the run hears of the pause.
        Assert.Equal(TimeSpan.FromHours(1), Assert.Single(ends.Ends).Elapsed);
    }

    /// <summary>Asks in order, each when its step is done.</summary>
    private sealed class Script(params (long Step, RunRequest Request)[] asks) : IRunControl
    {
        private readonly Queue<(long Step, RunRequest Request)> rest = new(asks);

        public required Func<long> Now { get; init; }

        public Action OnAsked { get; init; } = () => { };

        public bool HasBegun { get; private set; }

        public void Begin() => HasBegun = true;

        public RunRequest? Take()
        {
            if (rest.Count == 0 || rest.Peek().Step != Now())
            {
                return null;
            }

            OnAsked();
            return rest.Dequeue().Request;
        }
    }

    private sealed class Watcher : IRunObserver
    {
        public long Step { get; private set; }

        public List<(long Step, RunRequest Request)> Followed { get; } = [];

        public Func<string> OnFollowed { get; init; } = () => "";

        public string? Seen { get; private set; }

        public void Started(RunStart start) => Step = start.FirstStep;

        public void Stepped(StepReport report) => Step = report.Step;

        public void Evaluated(EvaluationReport report)
        {
        }

        public void Controlled(ControlReport report)
        {
            Followed.Add((report.Step, report.Request));
            Seen = OnFollowed();
        }

        public void Ended(RunEnd end)
        {
        }
    }
}
