using System.CommandLine;
using Microsoft.Extensions.Logging;
using Plinth.Cli.Display;
using Plinth.Recipes;
using Plinth.Recipes.Binding;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth pretrain</c>: unlabeled text or pictures in, a checkpoint out.</summary>
internal static class PretrainCommand
{
    public static Command Create()
    {
        var recipe = CommonOptions.Recipe();
        var overrides = CommonOptions.Overrides();
        var command = new Command("pretrain",
            "Pre-train a model on unlabeled text or pictures by a recipe. Interrupted, the same command goes on where it stopped.\n\n" +
            "Example:  plinth pretrain recipes/text/smoke-bert.yaml training.steps=50\n" +
            "          plinth pretrain recipes/images/drawn-scenes-mae.yaml")
        {
            recipe, overrides,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed.GetValue(recipe)!, parsed.GetValue(overrides) ?? [], cancellation)));
        return command;
    }

    private static int Run(string path, string[] overrides, CancellationToken cancellation)
    {
        var recipe = RecipeReader.Read<PretrainingRecipe>(path, overrides);
        using var remarks = ConsoleRemarks.Create();
        var result = Pretraining.Run(recipe, [new ConsoleRunDisplay()], remarks.CreateLogger("plinth"), cancellation);
        ScoreLines.Print(result.Scores);
        Console.WriteLine($"checkpoint: {result.Files.Checkpoint}");
        return ExitCodes.Success;
    }
}
