using System.CommandLine;
using Microsoft.Extensions.Logging;
using Plinth.Cli.Display;
using Plinth.Recipes.Sweeps;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth sweep</c>: values of a recipe's keys tried one after another.</summary>
internal static class SweepCommand
{
    public static Command Create()
    {
        var recipe = CommonOptions.Recipe();
        var overrides = CommonOptions.Overrides();
        var settings = new Option<string[]>("--set", "-s") { Description = "What is tried: path.to.key=a,b,c, or path.to.key=low..high with --random; once for each key.", Required = true };
        var random = new Option<int?>("--random") { Description = "Draw that many combinations at random; all are tried when not told." };
        var halving = new Option<bool>("--halving") { Description = "Give up the worse half of the trials each time that the share of steps doubles." };
        var seed = new Option<int>("--seed") { Description = "Chooses the combinations of --random.", DefaultValueFactory = _ => 1 };
        var folder = new Option<string?>("--folder") { Description = "Where the trials go; by default runs/sweep-RECIPE." };
        var command = new Command("sweep",
            "Try values of a recipe's keys, each combination as an ordinary run, and show which is the best on held-out data.\n" +
            "Interrupted, the same command goes on where it stopped.\n\n" +
            "Example:  plinth sweep recipes/text/smoke-classification.yaml --set training.learning_rate=1e-4,1e-3 --set adaptation.kind=full,low_rank\n" +
            "          plinth sweep recipes/text/smoke-bert.yaml --set training.learning_rate=1e-4..1e-2 --random 8 --halving")
        {
            recipe, overrides, settings, random, halving, seed, folder,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            new()
            {
                Recipe = parsed.GetValue(recipe)!, Overrides = parsed.GetValue(overrides) ?? [], Settings = parsed.GetValue(settings) ?? [],
                RandomCount = parsed.GetValue(random), Halving = parsed.GetValue(halving), Seed = parsed.GetValue(seed), Folder = parsed.GetValue(folder),
            },
            cancellation)));
        return command;
    }

    private static int Run(SweepOptions options, CancellationToken cancellation)
    {
        var sweep = new Sweep(options);
        using var remarks = ConsoleRemarks.Create();
        var results = sweep.Run(() => [new ConsoleRunDisplay()], Console.WriteLine, remarks.CreateLogger("plinth"), cancellation);
        TableView.Write(OutputConsole.Create(), results.Table());
        Console.WriteLine($"best: {results.BestFolder}");
        Console.WriteLine($"report: {sweep.Report}");
        return ExitCodes.Success;
    }
}
