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
        var data = new Argument<string>("data") { Description = "Labeled samples (JSONL, CSV, TSV), pictures (a folder, archive or table; boxes also as COCO's JSON), or text." };
        var columns = new Option<string[]>("--column", "-c") { Description = "What a column is called: --column label=category", AllowMultipleArgumentsPerToken = true };
        var images = new Option<string[]>("--images", "-i") { Description = "How pictures are read, with the keys of a recipe's data.images: --images columns.captions=caption folder=photos.zip", AllowMultipleArgumentsPerToken = true };
        var settings = new Option<string[]>("--set", "-s") { Description = "An option of the task: --set max_new_tokens=16", AllowMultipleArgumentsPerToken = true };
        var run = new Option<string?>("--run", "-r") { Description = "Folder of a run on pictures: score only what it held out for its test, read as it read it." };
        var command = new Command("evaluate",
            "Score a model with the metrics of its task, or measure the perplexity and bits per byte of text.\n\n" +
            "Example:  plinth evaluate text_classification runs/reviews/checkpoint test.csv --column label=category\n" +
            "          plinth evaluate image_text_retrieval models/clip photos.jsonl --images columns.image=file columns.captions=captions\n" +
            "          plinth evaluate image_text_retrieval runs/emoji-clip/checkpoint captions.zip/de.tsv --run runs/emoji-clip\n" +
            "          plinth evaluate image-verification models/dinov2 people")
        {
            task, model, data, columns, images, settings, run,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(task)!, parsed.GetValue(model)!, parsed.GetValue(data)!, ColumnOptions.Parse(parsed.GetValue(columns) ?? []),
            new() { Images = parsed.GetValue(images) ?? [], Settings = parsed.GetValue(settings) ?? [], LikeRun = parsed.GetValue(run) }, cancellation)));
        return command;
    }

    private static int Run(string task, string model, string data, SampleColumns columns, TaskEvaluationOptions options, CancellationToken cancellation)
    {
        ScoreLines.Print(task.Replace('-', '_') switch
        {
            TextEvaluation.Name when options.Settings.Count + options.Images.Count > 0 || options.LikeRun is not null => throw new BadInputException($"{TextEvaluation.Name} reads plain text and has no options. Leave out --set, --images and --run."),
            TextEvaluation.Name => TextEvaluation.Run(model, data, cancellation),
            VerificationEvaluation.Name when options.LikeRun is not null => throw new BadInputException($"{VerificationEvaluation.Name} is honest on classes that the model has not seen, so no run has held out pictures for it. Leave out --run."),
            VerificationEvaluation.Name => VerificationEvaluation.Run(model, data, columns, (VerificationOptions)RecipeReader.ReadSettings(typeof(VerificationOptions), options.Settings), options.Images, cancellation),
            var known => TaskEvaluation.Run(known, model, data, columns, options),
        });
        return ExitCodes.Success;
    }
}
