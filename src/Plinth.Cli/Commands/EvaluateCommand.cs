using System.CommandLine;
using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Recipes;
using Plinth.Recipes.Binding;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth evaluate</c>: scores a model on labeled samples, or on plain text.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var task = new Argument<string>("task") { Description = $"One of {string.Join(", ", Tasks.TaskCatalog.Tasks.Names)}, {VerificationEvaluation.Name} for pairs of labelled pictures, or {TextEvaluation.Name} for plain text." };
        var model = CommonOptions.Model();
        var data = new Argument<string>("data") { Description = "Labeled samples (JSONL, CSV, TSV; for pictures also folders and archives), or text." };
        var columns = new Option<string[]>("--column", "-c") { Description = "What a column is called: --column label=category", AllowMultipleArgumentsPerToken = true };
        var settings = new Option<string[]>("--set", "-s") { Description = "An option of the task: --set maximum_pairs=20000", AllowMultipleArgumentsPerToken = true };
        var command = new Command("evaluate",
            "Score a model with the metrics of its task, or measure the perplexity and bits per byte of text.\n\n" +
            "Example:  plinth evaluate text_classification runs/reviews/checkpoint test.csv --column label=category\n" +
            "          plinth evaluate image-verification models/dinov2 people")
        {
            task, model, data, columns, settings,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(task)!, parsed.GetValue(model)!, parsed.GetValue(data)!, ColumnOptions.Parse(parsed.GetValue(columns) ?? []), parsed.GetValue(settings) ?? [], cancellation)));
        return command;
    }

    private static int Run(string task, string model, string data, SampleColumns columns, string[] settings, CancellationToken cancellation)
    {
        ScoreLines.Print(task.Replace('-', '_') switch
        {
            TextEvaluation.Name when settings.Length > 0 => throw new BadInputException($"{TextEvaluation.Name} has no options. Leave out --set."),
            TextEvaluation.Name => TextEvaluation.Run(model, data, cancellation),
            VerificationEvaluation.Name => VerificationEvaluation.Run(model, data, columns, (VerificationOptions)RecipeReader.ReadSettings(typeof(VerificationOptions), settings), cancellation),
            var known => TaskEvaluation.Run(known, model, data, columns, settings.Length == 0 ? null : RecipeReader.ReadSettings(Tasks.TaskCatalog.Tasks[known].OptionsType, settings)),
        });
        return ExitCodes.Success;
    }
}
