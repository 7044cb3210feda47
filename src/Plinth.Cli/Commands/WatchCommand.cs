using System.CommandLine;
using Plinth.Recipes;
using Plinth.Serving.Watching;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth watch</c>: a run as a live web page.</summary>
internal static class WatchCommand
{
    public static Command Create()
    {
        var folder = CommonOptions.RunFolder();
        var port = new Option<int>("--port") { Description = "Port on this machine; 0 takes a free one." };
        var command = new Command("watch",
            "Show a run as a web page: curves, samples and the machine, live, with buttons to pause, continue, stop and save. The run may be of another\n" +
            "process, or over. The page is served to this machine alone, and needs nothing from the internet. Ctrl-C ends the page; the run goes on.\n\n" +
            "Example:  plinth watch runs/quickstart/encoder --port 8080")
        {
            folder, port,
        };
        command.SetAction((parsed, cancellation) => Run(parsed.GetValue(folder)!, parsed.GetValue(port), cancellation));
        return command;
    }

    private static async Task<int> Run(string folder, int port, CancellationToken cancellation)
    {
        var files = new RunFiles(folder);
        var run = new WatchedRun
        {
            Folder = folder,
            Log = files.Log,
            Documents = new Dictionary<string, string> { ["environment"] = files.Environment, ["record"] = files.Record, ["recipe"] = files.Recipe },
        };
        await using var server = await WatchServer.Start(run, port, cancellation: cancellation).ConfigureAwait(false);
        Console.WriteLine($"Watch {folder} at  {server.Address}");
        Console.WriteLine("Whoever knows this address can steer the run. Ctrl-C ends the page; the run goes on.");
        await server.Run(cancellation).ConfigureAwait(false);
        return ExitCodes.Success;
    }
}
