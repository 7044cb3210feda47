using System.CommandLine;
using Microsoft.Extensions.Logging;
using Plinth.Cli.Display;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Plinth.Recipes.MultiTask;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth finetune</c>: a checkpoint and labeled samples in, an adapted checkpoint or an adapter out.</summary>
internal static class FinetuneCommand
{
    public static Command Create()
    {
        var recipe = CommonOptions.Recipe();
        var overrides = CommonOptions.Overrides();
        var command = new Command("finetune",
            "Adapt a pre-trained model to a task by a recipe: all weights, the head alone, or an adapter (LoRA and its kin); or train a model from nothing.\n" +
            "A recipe with several tasks trains one model for all of them.\n" +
            "Interrupted, the same command goes on where it stopped.\n\n" +
            "Example:  plinth finetune recipes/text/smoke-classification.yaml adaptation.kind=low_rank\n" +
            "          plinth finetune recipes/text/tatoeba-translation.yaml data.train=fra.txt")
        {
            recipe, overrides,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed.GetValue(recipe)!, parsed.GetValue(overrides) ?? [], cancellation)));
        return command;
    }

    private static int Run(string path, string[] overrides, CancellationToken cancellation)
    {
        using var remarks = ConsoleRemarks.Create();
        var (observers, logger) = ((ConsoleRunDisplay[])[new()], remarks.CreateLogger("plinth"));
        var result = RecipeReader.Says<MultiTaskRecipe>(path, "tasks")
            ? MultiTaskFinetuning.Run(RecipeReader.Read<MultiTaskRecipe>(path, overrides), observers, logger, cancellation)
            : Finetuning.Run(RecipeReader.Read<FinetuningRecipe>(path, overrides), observers, logger, cancellation);
        ScoreLines.Print(result.Scores);
        Console.WriteLine($"checkpoint: {result.Files.Checkpoint}");
        return ExitCodes.Success;
    }
}
