using System.CommandLine;
using Plinth.Cli.Display;
using Plinth.Recipes.Reports;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth compare</c>: runs side by side.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var folders = new Argument<string[]>("runs") { Description = "Folders of runs, at least two.", Arity = ArgumentArity.OneOrMore };
        var report = new Option<string?>("--report", "-r") { Description = "Write a page with all curves, for example compared.html." };
        var command = new Command("compare",
            "Show runs side by side: what came out, and what their recipes say differently. Runs that still go on may be among them.\n\n" +
            "Example:  plinth compare runs/first runs/second --report compared.html")
        {
            folders, report,
        };
        command.SetAction((parsed, _) => Task.FromResult(Run(parsed.GetValue(folders) ?? [], parsed.GetValue(report))));
        return command;
    }

    private static int Run(string[] folders, string? report)
    {
        var comparison = RunComparison.Load(folders);
        var console = OutputConsole.Create();
        TableView.Write(console, comparison.Results());
        if (comparison.Differences() is { } differences)
        {
            Console.WriteLine();
            TableView.Write(console, differences);
        }

        if (report is not null)
        {
            HtmlReport.Write(report, comparison.Report());
            Console.WriteLine($"report: {report}");
        }

        return ExitCodes.Success;
    }
}
