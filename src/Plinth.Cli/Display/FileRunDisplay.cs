using Plinth.Recipes.Pipelines;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>Shows how far a run over a file is, with rows per second and the time left.</summary>
internal sealed class FileRunDisplay(string name, IAnsiConsole console, TimeProvider? clock = null)
{
    private const int MostRemarks = 20;
    private readonly LiveLine line = new(console, null, clock);
    private int remarks;

    public void Show(FileRunState state)
    {
        var left = state.Share > 0 ? $"  {LiveLine.Clock(state.Elapsed * ((1 - state.Share) / state.Share))} left" : "";
        line.Show(name, state.Share, $"{LiveLine.Count(state.Rows)} rows  {state.Share:P0}  {Speed(state)}{left}{Bad(state)}");
    }

    /// <summary>Why a row is left out; after some only their number is told.</summary>
    public void Remark(string text)
    {
        if (remarks < MostRemarks)
        {
            line.Line("left out: " + text);
        }
        else if (remarks == MostRemarks)
        {
            line.Line("left out: and more, which are counted only");
        }

        remarks++;
    }

    public void End(FileRunState state) => line.Line($"{name}: {LiveLine.Count(state.Rows)} rows in {LiveLine.Clock(state.Elapsed)}, {Speed(state)}{Bad(state)}");

    private static string Speed(FileRunState state) => $"{LiveLine.Short(state.Rows / Math.Max(1e-3, state.Elapsed.TotalSeconds))} rows/s";

    private static string Bad(FileRunState state) => state.Bad == 0 ? "" : $", {LiveLine.Count(state.Bad)} left out";
}
