using System.CommandLine;
using Plinth.Cli.Display;
using Plinth.Core;
using Plinth.Recipes.Quickstart;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth quickstart</c>: the main job in one go.</summary>
internal static class QuickstartCommand
{
    public static Command Create()
    {
        var defaults = new QuickstartOptions();
        var data = new Option<string?>("--data") { Description = "Your own text instead (file or folder: text, JSONL, CSV); then only tasks without labels." };
        var thorough = new Option<bool>("--thorough") { Description = "A larger model, more steps and more seeds: an hour or more instead of minutes." };
        var folder = new Option<string>("--folder") { Description = "Where everything goes.", DefaultValueFactory = _ => defaults.Folder };
        var seed = new Option<int>("--seed") { Description = "Everything random follows from it.", DefaultValueFactory = _ => defaults.Seed };
        var fresh = new Option<bool>("--fresh") { Description = "Delete what an earlier run left in the folder and begin anew." };
        var command = new Command("quickstart",
            "Pre-train an encoder and a decoder on the documentation inside your .NET SDK, adapt them to five tasks, and measure\n" +
            "what pre-training bought. About five minutes on two cores, nothing is downloaded. Ctrl-C is safe: the same command goes on.\n\n" +
            "Example:  plinth quickstart\n" +
            "          plinth quickstart --data my-texts/ --folder runs/mine")
        {
            data, thorough, folder, seed, fresh,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            new()
            {
                Data = parsed.GetValue(data),
                IsThorough = parsed.GetValue(thorough),
                Folder = parsed.GetValue(folder)!,
                Seed = parsed.GetValue(seed),
            },
            parsed.GetValue(fresh), cancellation)));
        return command;
    }

    private const int FileWidth = 160;

    private static int Run(QuickstartOptions options, bool isFresh, CancellationToken cancellation)
    {
        if (isFresh)
        {
            Clear(options.Folder);
        }

        var console = OutputConsole.Create();
        if (!console.Profile.Capabilities.Interactive)
        {
            // A file has no edge to break lines at.
            console.Profile.Width = FileWidth;
        }

        var outcome = QuickstartRun.Run(options, new QuickstartDisplay(console), cancellation: cancellation);
        TableView.Write(console, outcome.Table);
        Console.WriteLine();
        Console.WriteLine($"{outcome.Elapsed.TotalSeconds:0} seconds. Report: {outcome.Files.Report}");
        Console.WriteLine("Next:");
        foreach (var line in outcome.Next)
        {
            Console.WriteLine("  " + line);
        }

        return ExitCodes.Success;
    }

    // Only a folder that a quickstart made is deleted.
    private static void Clear(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        if (!File.Exists(new QuickstartFiles(folder).Options) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new BadInputException($"{folder} was not made by a quickstart, so --fresh does not delete it. Choose another --folder.");
        }

        Directory.Delete(folder, recursive: true);
    }
}
