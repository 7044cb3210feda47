using System.Diagnostics;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Files;
using Plinth.Data.Batching;
using Plinth.Data.Formats;
using Plinth.Data.Text;
using Plinth.Data.Vision;

namespace Plinth.Recipes.Pipelines;

/// <summary>Which rows are answered, and where the answers go.</summary>
public sealed record FileRunOptions
{
    /// <summary>The rows: JSON lines, a table or Parquet; for pictures also a folder or an archive of them.</summary>
    public required string Input { get; init; }

    /// <summary>Where the rows go with their answers; its extension says the form.</summary>
    public required string Output { get; init; }

    /// <summary>Which column holds which part of a sample.</summary>
    public SampleColumns Columns { get; init; } = new();

    /// <summary>The second text of every row that has no column for it, or null.</summary>
    public string? Pair { get; init; }

    /// <summary>The second picture of every row that has no column for it, or null.</summary>
    public ImageSource? PairPicture { get; init; }

    /// <summary>The choices of every row that has no column for them, or null.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Of lists that are sorted by score, how many to write at most; null writes all.</summary>
    public int? Top { get; init; }

    /// <summary>Told every sample that was answered, with its answer, in the order of the rows; or null.</summary>
    public Action<Sample, Answer>? Answered { get; init; }

    /// <summary>Whether rows that are malformed or cannot be answered are left out and counted; else they end the run.</summary>
    public bool SkipsBad { get; init; }

    /// <summary>Refuses an input that is not there and an output of no known form, before a model is loaded for them.</summary>
    /// <exception cref="BadInputException">One of the names cannot be used.</exception>
    public void Validate()
    {
        RowFiles.CheckName(Output);
        if (!Path.Exists(Input.Split('#')[0]) && !Input.StartsWith(ImageSets.DrawnScenesName, StringComparison.Ordinal))
        {
            throw new BadInputException($"There is no file or folder '{Input}' (looked at {Path.GetFullPath(Input)}).");
        }
    }
}

/// <summary>How far a run over a file is, or was.</summary>
/// <param name="Rows">Rows answered.</param>
/// <param name="Bad">Rows left out.</param>
/// <param name="Share">How much of the file that is, 0 to 1.</param>
/// <param name="Elapsed">Time since the beginning.</param>
public sealed record FileRunState(long Rows, long Bad, double Share, TimeSpan Elapsed);

/// <summary>
/// Answers the rows of a file with a pipeline, in memory that does not grow with the file. The rows keep their order and their
/// other columns. The output appears whole at the end, or not at all.
/// </summary>
public sealed class FileRun
{
    // Rows that are sorted by length among each other; more pads less, and holds more in memory.
    private const int WindowBatches = 16;
    private const long WindowCharacters = 32 << 20;
    private const string Renamed = "predicted_";

    private readonly TaskPipeline pipeline;
    private readonly FileRunOptions options;
    private readonly Action<FileRunState>? progress;
    private readonly Action<string>? remark;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private long read, answered, bad;

    private FileRun(TaskPipeline pipeline, FileRunOptions options, Action<FileRunState>? progress, Action<string>? remark) =>
        (this.pipeline, this.options, this.progress, this.remark) = (pipeline, options, progress, remark);

    /// <summary>Runs over a file.</summary>
    /// <param name="pipeline">Answers the rows.</param>
    /// <param name="options">Where they are.</param>
    /// <param name="progress">Told after each batch how far the run is; or null.</param>
    /// <param name="remark">Told why a row is left out; or null.</param>
    /// <param name="cancellation">Ends the run before the next batch; nothing is written then.</param>
    /// <exception cref="PlinthException">A file cannot be read or written, or a row is bad; the message names file and line.</exception>
    public static FileRunState Run(
        TaskPipeline pipeline, FileRunOptions options, Action<FileRunState>? progress = null, Action<string>? remark = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var run = new FileRun(pipeline, options, progress, remark);
        FileRunState? state = null;
        using var source = run.Open();
        AtomicFile.Write(options.Output, stream => state = run.Write(source, stream, cancellation));
        return state!;
    }

    /// <summary>As <see cref="Run(TaskPipeline, FileRunOptions, Action{FileRunState}?, Action{string}?, CancellationToken)"/>, into a stream that others read while it is written.</summary>
    /// <param name="stream">Gets the rows in the form that the name of the output says.</param>
    /// <param name="pipeline">Answers the rows.</param>
    /// <param name="options">Where they are.</param>
    /// <param name="progress">Told after each batch how far the run is; or null.</param>
    /// <param name="remark">Told why a row is left out; or null.</param>
    /// <param name="cancellation">Ends the run before the next batch.</param>
    /// <exception cref="PlinthException">The input cannot be read, or a row is bad; the message names file and line.</exception>
    public static FileRunState Run(
        Stream stream, TaskPipeline pipeline, FileRunOptions options, Action<FileRunState>? progress = null, Action<string>? remark = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(options);
        var run = new FileRun(pipeline, options, progress, remark);
        using var source = run.Open();
        return run.Write(source, stream, cancellation);
    }

    private SampleRows Open() => SampleRows.Open(options, pipeline.Modality, options.SkipsBad ? LeaveOut : null);

    private FileRunState Write(SampleRows source, Stream stream, CancellationToken cancellation)
    {
        RowSink? sink = null;
        try
        {
            IReadOnlyList<string> names = [];
            foreach (var window in Windows(source))
            {
                if (sink is null)
                {
                    var carried = source.Columns ?? DataColumn.Of(window.Select(item => item.Row.Fields));
                    names = Named(carried);
                    sink = RowFiles.Create(options.Output, stream, [.. carried, .. pipeline.Columns.Zip(names, (column, name) => column with { Name = name })]);
                }

                foreach (var (item, answer) in Answered(window, source, cancellation))
                {
                    sink.Write(Joined(item.Row, names, answer), item.Row.Place);
                    options.Answered?.Invoke(item.Sample, answer);
                }

                stream.Flush();
            }

            sink ??= RowFiles.Create(options.Output, stream, [.. source.Columns ?? [], .. pipeline.Columns.Zip(Named(source.Columns ?? []), (column, name) => column with { Name = name })]);
            sink.Complete();
            return State(1);
        }
        finally
        {
            sink?.Dispose();
        }
    }

    private IEnumerable<List<Item>> Windows(SampleRows source)
    {
        List<Item> window = [];
        var characters = 0L;
        foreach (var row in source.Rows())
        {
            read++;
            if (Sample(source, row) is not { } sample)
            {
                continue;
            }

            window.Add(new(row, sample));
            characters += SampleBatches.LengthOf(sample);
            if (window.Count >= WindowBatches * pipeline.BatchSize || characters >= WindowCharacters)
            {
                yield return window;
                window = [];
                characters = 0;
            }
        }

        if (window.Count > 0)
        {
            yield return window;
        }
    }

    private Sample? Sample(SampleRows source, DataRow row)
    {
        try
        {
            return source.Sample(row);
        }
        catch (BadInputException error) when (options.SkipsBad)
        {
            LeaveOut(error.Message);
            return null;
        }
    }

    private IEnumerable<(Item Item, Answer Answer)> Answered(List<Item> window, SampleRows source, CancellationToken cancellation)
    {
        IReadOnlyList<Answer>? answers = null;
        var before = answered;
        try
        {
            answers = pipeline.Answer([.. window.Select(item => item.Sample)], count => Told(count, source), cancellation);
        }
        catch (PlinthException)
        {
            answered = before;
        }

        // One of the rows cannot be answered; one by one it shows which.
        return answers is not null ? window.Zip(answers) : OneByOne(window, source, cancellation);
    }

    private IEnumerable<(Item Item, Answer Answer)> OneByOne(List<Item> window, SampleRows source, CancellationToken cancellation)
    {
        foreach (var item in window)
        {
            Answer? answer = null;
            try
            {
                answer = pipeline.Answer(item.Sample, cancellation);
            }
            catch (PlinthException error)
            {
                var message = $"{item.Row.Place}: {error.Message}";
                if (!options.SkipsBad)
                {
                    throw new BadInputException(message, error);
                }

                LeaveOut(message);
            }

            if (answer is not null)
            {
                Told(1, source);
                yield return (item, answer);
            }
        }
    }

    private JsonObject Joined(DataRow row, IReadOnlyList<string> names, Answer answer)
    {
        foreach (var (name, (_, value)) in names.Zip(AnswerFields.Of(answer, options.Top)))
        {
            if (!row.Fields.TryAdd(name, value))
            {
                throw new BadInputException($"{row.Place}: the field '{name}' is where the answer goes, and no earlier row has it. Rename it in the input.");
            }
        }

        return row.Fields;
    }

    // A column of the input that is called as one of the answer's stays, often it is the right answer.
    private string[] Named(IReadOnlyList<DataColumn> carried)
    {
        var taken = carried.Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        return [.. pipeline.Columns.Select(column =>
        {
            var name = column.Name;
            while (!taken.Add(name))
            {
                name = Renamed + name;
            }

            return name;
        })];
    }

    private void Told(int count, SampleRows source)
    {
        answered += count;
        // What has been read and not yet answered is no progress.
        progress?.Invoke(State(source.Progress * (answered + bad) / Math.Max(1, Math.Max(read, answered + bad))));
    }

    private void LeaveOut(string message)
    {
        bad++;
        remark?.Invoke(message);
    }

    private FileRunState State(double share) => new(answered, bad, share, clock.Elapsed);

    private sealed record Item(DataRow Row, Sample Sample);
}
