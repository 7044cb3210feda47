using System.CommandLine;
using Microsoft.Extensions.Logging;
using Plinth.Cli.Display;
using Plinth.Recipes;
using Plinth.Recipes.Binding;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth finetune</c>: a checkpoint and labeled samples in, an adapted checkpoint or an adapter out.</summary>
internal static class FinetuneCommand
{
    public static Command Create()
    {
        var recipe = CommonOptions.Recipe();
        var overrides = CommonOptions.Overrides();
        var command = new Command("finetune",
            "Adapt a pre-trained model to a task by a recipe: all weights, the head alone, or a LoRA adapter; or train a model from nothing.\n" +
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
        var recipe = RecipeReader.Read<FinetuningRecipe>(path, overrides);
        using var remarks = ConsoleRemarks.Create();
        var result = Finetuning.Run(recipe, [new ConsoleRunDisplay()], remarks.CreateLogger("plinth"), cancellation);
        ScoreLines.Print(result.Scores);
        Console.WriteLine($"checkpoint: {result.Files.Checkpoint}");
        return ExitCodes.Success;
    }
}
