using System.CommandLine;
using Plinth.Cli.Display;
using Plinth.Data.Text.Preparation;
using Plinth.Recipes;
using Plinth.Recipes.Binding;
using Spectre.Console;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth data prepare</c>: raw documents in, a clean corpus with a report out.</summary>
internal static class DataPrepareCommand
{
    public static Command Create()
    {
        var recipe = CommonOptions.Recipe();
        var overrides = CommonOptions.Overrides();
        var threads = new Option<int?>("--threads") { Description = "Threads that look at documents; one for each processor when left out. The result does not depend on it." };
        var command = new Command("prepare",
            "Repair, filter and deduplicate raw documents by a recipe, and say what was left out and why. Interrupted, the same command goes on where it stopped.\n\n" +
            "Example:  plinth data prepare recipes/text/prepare-english.yaml sources[0].path=texts folder=runs/corpus\n" +
            "          plinth pretrain recipes/text/books-decoder.yaml data.path=runs/corpus/corpus\n\n" +
            $"Steps: {string.Join(", ", StepCatalog.Steps.Names)}.")
        {
            recipe, overrides, threads,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(
            Run(RecipeReader.Read<PreparationRecipe>(parsed.GetValue(recipe)!, parsed.GetValue(overrides) ?? []).Plan(parsed.GetValue(threads)), cancellation)));
        return command;
    }

    private static int Run(PreparationPlan plan, CancellationToken cancellation)
    {
        var display = new PreparationDisplay(AnsiConsole.Create(new AnsiConsoleSettings()));
        try
        {
            display.End(CorpusPreparation.Run(plan, display.Show, display.Remark, cancellation), plan.Folder);
            return ExitCodes.Success;
        }
        catch (OperationCanceledException)
        {
            display.Interrupted(plan.Folder);
            throw;
        }
    }
}
