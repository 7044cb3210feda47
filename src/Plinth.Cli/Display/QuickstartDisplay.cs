using Plinth.Recipes.Quickstart;
using Plinth.Training.Observers;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>Shows a quickstart: a line per stage, the progress of each training run, and of the measurements.</summary>
/// <param name="console">Where to.</param>
internal sealed class QuickstartDisplay(IAnsiConsole console) : IQuickstartView
{
    private readonly System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
    private TimeSpan last;

    public IRunObserver Training => new ConsoleRunDisplay(console);

    public void Stage(string title) => console.MarkupLineInterpolated($"[bold]{watch.Elapsed:mm\\:ss}  {title}[/]");

    public void Note(string text) => console.WriteLine("       " + text);

    public void Measured(int done, int total, string current, TimeSpan remaining)
    {
        var isLive = console.Profile.Capabilities.Interactive;
        if (isLive)
        {
            var width = 24 * done / Math.Max(1, total);
            console.Write($"\r       [{new string('#', width)}{new string('.', 24 - width)}] {done}/{total}  {current,-60}  {Left(remaining),10}");
            if (done == total)
            {
                console.WriteLine();
            }
        }
        else if (done == total || watch.Elapsed - last > TimeSpan.FromSeconds(10))
        {
            last = watch.Elapsed;
            console.WriteLine($"       {done}/{total} entries of the table, last {current}, {Left(remaining)}");
        }
    }

    private static string Left(TimeSpan remaining) => $"{remaining:m\\:ss} left";
}
