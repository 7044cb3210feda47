using System.Globalization;
using System.Runtime.InteropServices;
using Plinth.Core.Checkpoints;
using Plinth.Core.Native;
using Plinth.Data.Text;
using Plinth.Inference;
using Plinth.Inference.Pipelines;
using Plinth.Models;
using Plinth.Recipes.Reports;
using Plinth.Training.Observers;

namespace Plinth.Recipes.Quickstart;

/// <summary>The table and the report of a quickstart.</summary>
internal static class QuickstartReport
{
    private const int SampleCount = 4;

    public static SummaryTable Table(IReadOnlyList<QuickstartTask> tasks, QuickstartPlan plan, IReadOnlyList<QuickstartCell> cells) => new(
        "What pre-training bought",
        "task and method",
        [.. plan.Labels.Select(labels => labels.Name + " labels")],
        [.. tasks.Select(task => new SummaryGroup(
            $"{task.Title} ({task.Metric.Replace('_', ' ')}{(task.LowerIsBetter ? ", lower is better" : "")})",
            [.. Methods(task).Select(method => new SummaryRow(method, [.. plan.Labels.Select(labels => Measured(task, method, labels, cells))]))
                .Where(row => row.Cells.Any(cell => cell is not null))])
        {
            LowerIsBetter = task.LowerIsBetter,
            Format = task.LowerIsBetter ? "0.0" : "0.000",
        })]);

    public static void Write(
        QuickstartFiles files, QuickstartOptions options, QuickstartPlan plan, IReadOnlyList<QuickstartTask> tasks, IReadOnlyList<QuickstartCell> cells,
        SummaryTable table, CorpusSplit text, string origin, (Tokenizer Encoder, Tokenizer Decoder) tokenizers, TimeSpan elapsed)
    {
        var model = new ReportModel(
            "One pre-trained model, many tasks",
            $"plinth quickstart, {DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC, {elapsed.TotalSeconds:0} seconds",
            [
                new("What pre-training bought",
                [
                    new ReportParagraph(
                        $"An encoder and a decoder of {plan.LayerCount} blocks and width {plan.HiddenSize} were pre-trained on {text.Training.Count():N0} unlabeled documents. {origin} " +
                        "Each task was then learnt from few and from many labels: by the same network from random weights, by the pre-trained one, and by a classical method. " +
                        "Both networks have the same steps, rate and samples; in this short run they see with all labels only some of them " +
                        $"({plan.Labels[^1].Steps} steps of {plan.Labels[^1].BatchSize}), while the classical methods read every one. " +
                        "Entries are means over seeds, with the deviation where there is more than one; the best of each column is marked. " +
                        "Where pre-training does not win, the table says so."),
                    table.ToReportTable(),
                ]),
                new("Label efficiency", [.. tasks.Select(task => Efficiency(task, plan, cells))]),
                new("Pre-training", [RunReport.Losses(files.Encoder, "Encoder: hidden tokens", "loss (nats per token)"), RunReport.Losses(files.Decoder, "Decoder: next token", "loss (nats per token)")]),
                new("Samples", Samples(files, tokenizers.Decoder, options.Seed)),
                new("All metrics", [AllMetrics(tasks, plan, cells)]),
                new("Times", [Times(tasks, cells, files, elapsed)]),
            ])
        {
            Environment = Environment(options, plan, tokenizers),
        };
        HtmlReport.Write(files.Report, model);
    }

    private static IEnumerable<string> Methods(QuickstartTask task) =>
        [QuickstartMeasurements.PreTrained, QuickstartMeasurements.Adapter, QuickstartMeasurements.RandomStart, task.BaselineName];

    private static Measurement? Measured(QuickstartTask task, string method, LabelPlan labels, IReadOnlyList<QuickstartCell> cells)
    {
        var isFixed = task.IsBaselineFixed && method == task.BaselineName;
        double[] values = [.. cells
            .Where(cell => cell.Task == task.Data.Name && cell.Method == method && (isFixed || cell.Labels == labels.Name))
            .Select(cell => cell.Scores[task.Metric])];
        return values.Length == 0 ? null : Measurement.Of(values);
    }

    private static ReportTable AllMetrics(IReadOnlyList<QuickstartTask> tasks, QuickstartPlan plan, IReadOnlyList<QuickstartCell> cells)
    {
        var all = plan.Labels[^1].Name;
        return new("All metrics with all labels, first seed", ["task", "method", "metrics"],
        [
            .. tasks.SelectMany(task => cells
                .Where(cell => cell.Task == task.Data.Name && cell.Seed == 1 && (cell.Labels == all || (task.IsBaselineFixed && cell.Method == task.BaselineName)))
                .Select(cell => (IReadOnlyList<ReportCell>)
                [
                    cell.Task, cell.Method,
                    string.Join(", ", cell.Scores.Select(score => $"{score.Key.Replace('_', ' ')} {score.Value.ToString("0.000", CultureInfo.InvariantCulture)}")),
                ])),
        ]);
    }

    private static LineChart Efficiency(QuickstartTask task, QuickstartPlan plan, IReadOnlyList<QuickstartCell> cells) => new(
        task.Title,
        "labels",
        task.Metric.Replace('_', ' '),
        [.. Methods(task).Where(method => method != QuickstartMeasurements.Adapter).Select(method => new ChartSeries(method,
            [.. plan.Labels.Select(labels => (Count: labels.Labels ?? task.Data.Train.Count, Cell: Measured(task, method, labels, cells)))
                .Where(point => point.Cell is not null)
                .Select(point => new ChartPoint(point.Count, point.Cell!.Mean, double.IsNaN(point.Cell.Deviation) ? 0 : point.Cell.Deviation))]))])
    {
        LogX = true,
    };

    private static List<ReportBlock> Samples(QuickstartFiles files, Tokenizer tokenizer, int seed)
    {
        using var model = Checkpoint.Load(files.Decoder.Checkpoint, ModelCatalog.Families).Model;
        var pipeline = new TextGenerationPipeline(model, tokenizer);
        string[] prompts = ["Gets or sets the", "Converts the specified", "Returns a new", "The exception that is thrown when"];
        return [.. prompts.Take(SampleCount).Select((prompt, i) => new ReportSample(
            prompt, pipeline.Generate(prompt, new() { MaxNewTokens = 32, DoSample = true, Temperature = 0.8, TopK = 40, Seed = seed + i }), "temperature 0.8, top 40"))];
    }

    private static ReportTable Times(IReadOnlyList<QuickstartTask> tasks, IReadOnlyList<QuickstartCell> cells, QuickstartFiles files, TimeSpan elapsed)
    {
        ReportCell Seconds(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
        double Run(RunFiles run) => HistoryObserver.Load(run.Log).Steps is [.., var last] ? last.Elapsed.TotalSeconds : 0;
        return new("Seconds by part", ["part", "seconds"],
        [
            ["pre-training the encoder", Seconds(Run(files.Encoder))],
            ["pre-training the decoder", Seconds(Run(files.Decoder))],
            .. tasks.Select(task => (IReadOnlyList<ReportCell>)[$"{task.Data.Name}: all entries", Seconds(cells.Where(cell => cell.Task == task.Data.Name).Sum(cell => cell.Seconds))]),
            ["everything, reading and tokenizers included", Seconds(elapsed.TotalSeconds)],
        ]);
    }

    private static List<KeyValuePair<string, string>> Environment(QuickstartOptions options, QuickstartPlan plan, (Tokenizer Encoder, Tokenizer Decoder) tokenizers) =>
    [
        new("seed", options.Seed.ToString(CultureInfo.InvariantCulture)),
        new("system", RuntimeInformation.OSDescription),
        new("processor cores", System.Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
        new(".NET", RuntimeInformation.FrameworkDescription),
        new("libtorch", $"{TorchRuntime.Report.TorchVersion} from {TorchRuntime.Report.TorchFolder}"),
        new("vocabulary", $"encoder {tokenizers.Encoder.VocabularySize} (WordPiece), decoder {tokenizers.Decoder.VocabularySize} (byte-level BPE)"),
        new("pre-training", $"{plan.EncoderSteps} and {plan.DecoderSteps} steps of {plan.BatchSize} sequences, peak rate {plan.PretrainingRate.ToString(CultureInfo.InvariantCulture)}"),
    ];
}
