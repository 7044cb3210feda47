using System.CommandLine;
using Plinth.Data.Text;
using Plinth.Recipes;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth evaluate</c>: scores a model on labeled samples, or on plain text.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var task = new Argument<string>("task") { Description = $"One of {string.Join(", ", Tasks.TaskCatalog.Tasks.Names)}, or {TextEvaluation.Name} for plain text." };
        var model = CommonOptions.Model();
        var data = new Argument<string>("data") { Description = "Labeled samples (JSONL, CSV, TSV; of pictures a folder, archive or table; boxes also as COCO's JSON), or text." };
        var columns = new Option<string[]>("--column", "-c") { Description = "What a column is called: --column label=category", AllowMultipleArgumentsPerToken = true };
        var images = new Option<string?>("--images") { Description = "Folder or .zip in which the pictures lie that the data names; the data's own folder when left out." };
        var command = new Command("evaluate",
            "Score a model with the metrics of its task, or measure the perplexity and bits per byte of text.\n\n" +
            "Example:  plinth evaluate text_classification runs/reviews/checkpoint test.csv --column label=category\n" +
            "          plinth evaluate object_detection runs/things/checkpoint instances_val.json --images val")
        {
            task, model, data, columns, images,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(task)!, parsed.GetValue(model)!, parsed.GetValue(data)!, parsed.GetValue(columns) ?? [], parsed.GetValue(images), cancellation)));
        return command;
    }

    private static int Run(string task, string model, string data, string[] columns, string? images, CancellationToken cancellation)
    {
        ScoreLines.Print(task == TextEvaluation.Name
            ? TextEvaluation.Run(model, data, cancellation)
            : TaskEvaluation.Run(task, model, data, ColumnOptions.Parse(columns), images));
        return ExitCodes.Success;
    }
}
