using Plinth.Data.Text.Preparation;
using Spectre.Console;

namespace Plinth.Cli.Display;

/// <summary>Shows a preparation: how far it is, how fast and how long yet, and at its end what each step let through.</summary>
internal sealed class PreparationDisplay(IAnsiConsole console)
{
    private const int MostRemarks = 20;
    private readonly LiveLine line = new(console);
    private int remarks;

    public void Show(PreparationProgress state)
    {
        var seconds = Math.Max(1e-3, state.Elapsed.TotalSeconds);
        var left = state.Share > 0 ? $"  {LiveLine.Clock(state.Elapsed * ((1 - state.Share) / state.Share))} left" : "";
        line.Show("prepare", state.Share,
            $"{LiveLine.Count(state.Read)} documents, {LiveLine.Count(state.Kept)} kept  {state.Share:P0}  {LiveLine.Short(state.Characters / seconds)} characters/s{left}");
    }

    /// <summary>What is left out before any step; after some only that there is more.</summary>
    public void Remark(string text)
    {
        if (remarks <= MostRemarks)
        {
            line.Line(remarks < MostRemarks ? "left out: " + text : "left out: and more, which are counted only");
        }

        remarks++;
    }

    public void Interrupted(string folder) => line.Line($"Interrupted. The finished shards in {folder} stay; the same command goes on from there.");

    public void End(PreparationRecord record, string folder)
    {
        foreach (var step in record.Steps)
        {
            line.Line($"{step.Name,-20} {LiveLine.Count(step.DocumentsIn),12} -> {LiveLine.Count(step.DocumentsOut),12} documents  {LiveLine.Short(step.CharactersIn),8} -> {LiveLine.Short(step.CharactersOut),8} characters");
        }

        line.Line($"{LiveLine.Count(record.DocumentsKept)} of {LiveLine.Count(record.DocumentsRead)} documents kept in {LiveLine.Count(record.Shards.Count)} shards: {Path.Combine(folder, "corpus")}");
        line.Line($"report: {Path.Combine(folder, "report.md")}");
    }
}
