using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plinth.Cli.Display;
using Plinth.Core;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Pipelines;
using Plinth.Recipes.Reports;
using Spectre.Console;

namespace Plinth.Cli.Commands;

/// <summary><c>plinth run</c>: any task on a checkpoint or an adapter, for a text or for the rows of a file.</summary>
internal static class RunCommand
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var task = new Argument<string>("task") { Description = $"One of {string.Join(", ", PipelineCatalog.Pipelines.Names)}; with - for _ as on the hub, too." };
        var model = CommonOptions.Model();
        var text = new Argument<string?>("text") { Description = "The text; - reads one text per line from standard input. For tasks on pictures: a file, an address on the web, or a folder or .zip of pictures.", Arity = ArgumentArity.ZeroOrOne };
        var pair = new Option<string?>("--pair", "-p") { Description = "The second text: the context of a question, the other sentence of a pair; for a picture the question, or a picture to compare it with." };
        var choices = new Option<string[]>("--choice") { Description = "A text to choose from, a label to try, a document to rank; given several times." };
        var top = new Option<int?>("--top") { Description = "How many answers to give; 3 for people, all in JSON and files." };
        var json = new Option<bool>("--json") { Description = "One JSON object per text." };
        var settings = new Option<string[]>("--set", "-s") { Description = "An option of the task: --set max_new_tokens=50", AllowMultipleArgumentsPerToken = true };
        var input = new Option<string?>("--input", "-i") { Description = "Rows to answer instead of a text (JSONL, CSV, TSV, each also as .gz, or Parquet); for tasks on pictures also a folder or .zip." };
        var output = new Option<string?>("--output", "-o") { Description = "Where the rows go with their answers; the extension says the form. Left out, they go to standard output as JSONL." };
        var columns = new Option<string[]>("--column", "-c") { Description = "What a column is called: --column text=review", AllowMultipleArgumentsPerToken = true };
        var batchSize = new Option<int>("--batch-size", "-b") { Description = "Texts that are answered at once.", DefaultValueFactory = _ => 32 };
        var skip = new Option<bool>("--skip-bad") { Description = "Leave out rows that are malformed or cannot be answered, and count them." };
        var report = new Option<string?>("--report") { Description = "For the pictures of a folder, archive or file: one HTML page with thumbnails, answers and boxes." };
        var command = new Command("run",
            "Answer a text, or the rows of a file, with any task.\n\n" +
            "Example:  plinth run text_classification runs/quickstart/tasks/kind \"Gets the number of elements.\"\n" +
            "          plinth run fill_mask runs/quickstart/encoder/checkpoint \"Gets or sets the [MASK] of the collection.\"\n" +
            "          plinth run text_classification runs/reviews/checkpoint --input reviews.csv --output answered.parquet --column text=review\n" +
            "          plinth run image-classification runs/digits/checkpoint photos --output labels.csv\n" +
            "          plinth run zero-shot-image-classification models/clip photo.jpg --choice \"a cat\" --choice \"a dog\"\n" +
            "          plinth run detect models/yolos photos --report found.html --set threshold=0.8\n" +
            "          plinth run image-verification models/dinov2 ann.jpg --pair visitor.jpg --set threshold=0.6\n" +
            "          plinth run caption models/llava photo.jpg --pair \"What colour is the car?\"\n" +
            "          plinth run image-retrieval models/clip \"a red car\" --set pictures=photos")
        {
            task, model, text, pair, choices, top, json, settings, input, output, columns, batchSize, skip, report,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var entry = PipelineCatalog.Find(parsed.GetValue(task)!);
            var options = entry.Options(parsed.GetValue(model)!, parsed.GetValue(settings) ?? []);
            string[]? given = parsed.GetValue(choices) is { Length: > 0 } some ? some : null;
            var (one, rows) = (parsed.GetValue(text), parsed.GetValue(input));
            if (entry.Modality == Modality.Image && one is not null && rows is null && PictureSource.IsSet(one))
            {
                (one, rows) = (null, one);
            }

            if (one is null == rows is null)
            {
                throw new BadInputException("Give either a text or --input FILE.");
            }

            if (rows is null && (parsed.GetValue(output) is not null || parsed.GetValue(skip) || parsed.GetValue(columns) is { Length: > 0 }))
            {
                throw new BadInputException("--output, --column and --skip-bad belong to --input FILE.");
            }

            if (parsed.GetValue(report) is not null && (rows is null || entry.Modality != Modality.Image))
            {
                throw new BadInputException("--report shows the pictures of a folder, archive or file: name one for a task on pictures.");
            }

            var second = parsed.GetValue(pair);
            var other = entry.ComparesPictures && second is not null ? await PictureSource.Open(second, cancellation).ConfigureAwait(false) : null;
            var question = other is null ? second : null;
            var sheet = parsed.GetValue(report) is null ? null : new ContactSheet(entry.Name, parsed.GetValue(top) ?? 3);
            var files = rows is null ? null : new FileRunOptions
            {
                Input = rows,
                Output = parsed.GetValue(output) ?? "-.jsonl",
                Columns = ColumnOptions.Parse(parsed.GetValue(columns) ?? []),
                Pair = question,
                PairPicture = other,
                Choices = given,
                Top = parsed.GetValue(top),
                SkipsBad = parsed.GetValue(skip),
                Answered = sheet is null ? null : (sample, answer) => sheet.Add((ImageSample)sample, answer),
            };
            files?.Validate();
            using var pipeline = entry.Load(parsed.GetValue(model)!, options, parsed.GetValue(batchSize));
            if (files is not null)
            {
                var code = Rows(pipeline, entry.Name, files, parsed.GetValue(output) is null, cancellation);
                sheet?.Write(parsed.GetValue(report)!);
                return code;
            }

            foreach (var line in one == "-" ? Lines() : [one!])
            {
                cancellation.ThrowIfCancellationRequested();
                Sample sample = entry.Modality == Modality.Image
                    ? PictureQuestions.Asked(new ImageSample(await PictureSource.Open(line, cancellation).ConfigureAwait(false)), question, given, other)
                    : new TextSample(line, question) { Choices = given };
                Write(pipeline.Answer(sample, cancellation), parsed.GetValue(top), parsed.GetValue(json));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static void Write(Answer answer, int? top, bool isJson)
    {
        foreach (var line in isJson ? [AnswerFields.Json(answer, top).ToJsonString(Plain)] : AnswerLines.Of(answer, top ?? 3))
        {
            Console.WriteLine(line);
        }
    }

    private static int Rows(TaskPipeline pipeline, string name, FileRunOptions files, bool toConsole, CancellationToken cancellation)
    {
        // Standard output may be what the rows go to.
        var display = new FileRunDisplay(name, AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) }));
        if (!toConsole)
        {
            display.End(FileRun.Run(pipeline, files, display.Show, display.Remark, cancellation));
            return ExitCodes.Success;
        }

        using var stream = Console.OpenStandardOutput();
        display.End(FileRun.Run(stream, pipeline, files, display.Show, display.Remark, cancellation));
        return ExitCodes.Success;
    }

    private static IEnumerable<string> Lines()
    {
        while (Console.In.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
