using System.Text;
using Plinth.Cli.Display;
using Plinth.Recipes.Reports;
using Plinth.Training.Control;
using Plinth.Training.Observers;
using Spectre.Console;
using Xunit;

namespace Plinth.Tests.Cli.Display;

public class ConsoleDisplayTests
{
    private readonly StringWriter written = new();
    private readonly ManualClock clock = new();

    [Fact]
    public void Redirected_output_is_plain_lines_with_time_between_them()
    {
        var display = new ConsoleRunDisplay(Console(isTerminal: false), TimeSpan.FromSeconds(10), clock);
        Play(display);
        string[] expected =
        [
            "[bold]tiny[/]: 1,000 steps, 1.2M trainable parameters, going on from step 100",
            "[bold]tiny[/] 101/1,000  loss 3.250  12.3k tokens/s  0.0 GB  rate 3.0e-4  1:01:05 left",
            "[bold]tiny[/] evaluation at step 101: accuracy 0.500  loss 2.000  (best so far)",
            "[bold]tiny[/] 111/1,000  loss 3.250  12.3k tokens/s  0.0 GB  rate 3.0e-4  1:01:05 left",
            "[bold]tiny[/] interrupted at step 115 of 1,000 in 1:15, loss 3.250, best accuracy 0.500 at step 101",
        ];
        Assert.Equal(expected, written.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain('\u001b', written.ToString());
    }

    [Fact]
    public void Runs_on_pictures_are_counted_in_pictures()
    {
        var display = new ConsoleRunDisplay(Console(isTerminal: false), clock: clock);
        display.Started(new("r", 0, 1000, 1, "images"));
        display.Stepped(Step(1) with { SamplesPerSecond = 87 });
        Assert.Contains("  87 images/s  ", written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_use_of_the_machine_and_what_was_asked_are_told()
    {
        var display = new ConsoleRunDisplay(Console(isTerminal: false), clock: clock);
        display.Started(new("r", 0, 1000, 1));
        display.Stepped(Step(1) with { Utilization = 0.417, ResidentBytes = 1_260_000_000 });
        display.Controlled(new(1, RunRequest.Pause));
        Assert.Contains("12.3k tokens/s (42 % of peak)  1.3 GB  rate", written.ToString(), StringComparison.Ordinal);
        Assert.Contains("r paused at step 1, as asked", written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_gets_one_line_that_moves_and_never_wraps()
    {
        var console = Console(isTerminal: true);
        console.Profile.Width = 60;
        Play(new ConsoleRunDisplay(console, TimeSpan.FromSeconds(10), clock));
        var lives = written.ToString().Split("\r\u001b[2K").Where(part => part.Contains('━')).Select(Visible).ToList();
        Assert.Equal(15, lives.Count);
        Assert.All(lives, line => Assert.True(line.Length < 60 && !line.Contains('\n')));
        Assert.StartsWith("[bold]tiny[/] ━━──────────────────  101/1,000  loss", lives[0], StringComparison.Ordinal);
        Assert.Contains("interrupted at step 115", written.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_that_come_faster_than_the_eye_are_skipped()
    {
        var display = new ConsoleRunDisplay(Console(isTerminal: true), clock: clock);
        display.Started(new("r", 0, 1000, 1));
        for (var step = 1; step <= 1000; step++)
        {
            display.Stepped(Step(step));
            clock.Now += TimeSpan.FromMilliseconds(1);
        }

        Assert.Equal(10, written.ToString().Split("\r\u001b[2K").Count(part => part.Contains("tokens/s", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_table_of_scores_shows_every_row(bool isTerminal)
    {
        var table = new SummaryTable("[Scores]", "Method", ["50"], [new("Kind [x]", [new("Pre-trained", [Measurement.Of(0.5, 0.7)]), new("Random", [Measurement.Of(0.4)])])]);
        TableView.Write(Console(isTerminal), table);
        foreach (var text in new[] { "[Scores]", "Method", "Kind [x]", "Pre-trained", "0.600 ± 0.141", "Random", "0.400" })
        {
            Assert.Contains(text, Visible(written.ToString()), StringComparison.Ordinal);
        }

        Assert.Equal(isTerminal, written.ToString().Contains('\u001b'));
    }

    private void Play(ConsoleRunDisplay display)
    {
        display.Started(new("[bold]tiny[/]", 100, 1000, 1_234_567));
        for (var step = 101; step <= 115; step++)
        {
            display.Stepped(Step(step));
            if (step == 101)
            {
                display.Evaluated(new(step, new Dictionary<string, double> { ["accuracy"] = 0.5, ["loss"] = 2 }, IsBest: true));
            }

            clock.Now += TimeSpan.FromSeconds(1);
        }

        display.Ended(new(115, TimeSpan.FromSeconds(75), Interrupted: true));
    }

    private static StepReport Step(long step) =>
        new(step, 1000, 3.25, 3e-4, 1, 12_345, step * 100, TimeSpan.FromSeconds(step), new TimeSpan(1, 1, 5), 1 << 20);

    private static string Visible(string text) => System.Text.RegularExpressions.Regex.Replace(text, "\u001b\\[[0-9;?]*[A-Za-z]", "");

    private IAnsiConsole Console(bool isTerminal) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
        Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        ColorSystem = isTerminal ? ColorSystemSupport.TrueColor : ColorSystemSupport.NoColors,
        Out = new Output(written, isTerminal),
    });

    private sealed class Output(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => 200;

        public int Height => 50;

        public void SetEncoding(Encoding encoding)
        {
        }
    }

    private sealed class ManualClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
