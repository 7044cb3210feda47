using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Core.Files;
using Plinth.Data.Text;
using Plinth.Objectives;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Reports;

namespace Plinth.Recipes.Quickstart;

/// <summary>What a quickstart left behind.</summary>
/// <param name="Files">Its folder.</param>
/// <param name="Table">The table: what pre-training bought.</param>
/// <param name="Elapsed">Time over all sessions.</param>
/// <param name="Next">Commands that use the result.</param>
public sealed record QuickstartOutcome(QuickstartFiles Files, SummaryTable Table, TimeSpan Elapsed, IReadOnlyList<string> Next);

/// <summary>
/// The main job in one go: pre-trains an encoder and a decoder on unlabeled text, adapts them to several tasks, and
/// measures against random beginnings and classical methods what the pre-training was worth.
/// </summary>
public static class QuickstartRun
{
    /// <summary>Runs it. After an interruption the same call goes on.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="view">Shows progress.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <param name="cancellation">Ends it after the step at hand; its state is kept.</param>
    /// <exception cref="PlinthException">The data or the folder cannot be used.</exception>
    public static QuickstartOutcome Run(QuickstartOptions options, IQuickstartView view, ILogger? logger = null, CancellationToken cancellation = default) =>
        Run(options, QuickstartPlan.For(options), view, logger, cancellation);

    /// <summary>Runs it with sizes and lengths of one's own.</summary>
    /// <param name="options">What is asked for.</param>
    /// <param name="plan">The sizes and lengths.</param>
    /// <param name="view">Shows progress.</param>
    /// <param name="logger">Where remarks go, or null.</param>
    /// <param name="cancellation">Ends it after the step at hand; its state is kept.</param>
    /// <exception cref="PlinthException">The data or the folder cannot be used.</exception>
    public static QuickstartOutcome Run(
        QuickstartOptions options, QuickstartPlan plan, IQuickstartView view, ILogger? logger = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(view);
        var files = new QuickstartFiles(options.Folder);
        var clock = new SessionClock(files, options, plan);

        view.Stage("Reading text");
        var (text, tasksOf, origin) = Read(options, plan);
        view.Note($"{text.Training.Count():N0} documents to learn from, {text.Validation.Count():N0} held out. {origin}");

        var encoderTokenizer = Pretrain(Encoder(plan, files, options), text, view, logger, cancellation);
        clock.Save();
        var decoderTokenizer = Pretrain(Decoder(plan, files, options), text, view, logger, cancellation);
        clock.Save();

        view.Stage("Adapting to tasks");
        var tasks = tasksOf(decoderTokenizer);
        var cells = new QuickstartCells(files.Cells);
        new QuickstartMeasurements(plan, files, cells, options.Seed, view, () => clock.Elapsed).Run(tasks, cancellation);
        clock.Save();

        view.Stage("Writing the report");
        var table = QuickstartReport.Table(tasks, plan, cells.All);
        QuickstartReport.Write(files, options, plan, tasks, cells.All, table, text, origin, (encoderTokenizer, decoderTokenizer), clock.Elapsed);
        clock.Save();
        return new(files, table, clock.Elapsed, Next(files, tasks));
    }

    private static (CorpusSplit Text, Func<Tokenizer, IReadOnlyList<QuickstartTask>> Tasks, string Origin) Read(QuickstartOptions options, QuickstartPlan plan)
    {
        if (options.Data is { } path)
        {
            var own = GenericData.Load(path, options.Seed);
            IReadOnlyList<string> OwnTexts(DataSplit split) => [.. own.Documents(split).Select(document => document.Text)];
            return (new(OwnTexts(DataSplit.Train), OwnTexts(DataSplit.Validation)), _ => QuickstartTask.OfText(own, plan), $"Source: {path}.");
        }

        var corpus = QuickstartCorpus.Load(options.Seed);
        IReadOnlyList<string> Texts(DataSplit split) => [.. corpus.Documents(split).Select(document => document.Text)];
        return (new(Texts(DataSplit.Train), Texts(DataSplit.Validation)), tokenizer => QuickstartTask.OfDocumentation(corpus, plan, tokenizer),
            "Source: the XML documentation of the installed .NET SDK; training and test share no declaring type.");
    }

    private static PretrainingRecipe Encoder(QuickstartPlan plan, QuickstartFiles files, QuickstartOptions options) => new()
    {
        Name = "encoder (ModernBERT, hidden tokens in matching crops)",
        Folder = files.Encoder.Folder,
        Seed = options.Seed,
        Model = new() { Family = "modernbert", LayerCount = plan.LayerCount, HiddenSize = plan.HiddenSize, MaximumLength = plan.EncoderLength },
        // Case tells types from words, so it stays.
        Tokenizer = new() { Kind = TokenizerKind.WordPiece, VocabularySize = plan.EncoderVocabulary, Lowercase = false },
        Data = new() { Path = options.Data ?? CorpusSplit.DotnetDocumentation },
        Objective = Component.Of("masked_crops", new CroppingOptions { Probability = plan.MaskingProbability }),
        Training = Training(plan, plan.EncoderSteps),
    };

    private static PretrainingRecipe Decoder(QuickstartPlan plan, QuickstartFiles files, QuickstartOptions options) => new()
    {
        Name = "decoder (GPT-2, next token)",
        Folder = files.Decoder.Folder,
        Seed = options.Seed,
        Model = new() { Family = "gpt2", LayerCount = plan.LayerCount, HiddenSize = plan.HiddenSize, MaximumLength = plan.DecoderLength },
        Tokenizer = new() { Kind = TokenizerKind.ByteLevelBpe, VocabularySize = plan.DecoderVocabulary },
        Data = new() { Path = options.Data ?? CorpusSplit.DotnetDocumentation },
        Objective = new("causal_lm"),
        Training = Training(plan, plan.DecoderSteps),
    };

    private static TrainingRecipe Training(QuickstartPlan plan, int steps) => new()
    {
        Steps = steps,
        BatchSize = plan.BatchSize,
        LearningRate = plan.PretrainingRate,
        Schedule = Plinth.Training.Schedules.ScheduleKind.Cosine,
        MinimumRate = 0.05,
        EvaluateEvery = Math.Max(1, steps / 5),
        EvaluationSequences = 256,
        SnapshotEvery = Math.Max(1, steps / 5),
    };

    private static Tokenizer Pretrain(PretrainingRecipe recipe, CorpusSplit text, IQuickstartView view, ILogger? logger, CancellationToken cancellation)
    {
        var files = new RunFiles(recipe.RunFolder());
        view.Stage($"Pre-training the {recipe.Name}");
        AtomicFolder.Recover(files.Checkpoint);
        if (File.Exists(files.Scores) && Directory.Exists(files.Checkpoint))
        {
            view.Note("Already done.");
            return TokenizerFiles.Load(files.Checkpoint);
        }

        Directory.CreateDirectory(files.Folder);
        var family = Models.ModelCatalog.Families[recipe.Model.Family];
        var tokenizer = TokenizerSource.Get(recipe.Tokenizer, family, text.Training, files.Tokenizer, null, cancellation);
        var result = Pretraining.Run(recipe, text, tokenizer, [view.Training], logger, cancellation);
        view.Note(string.Join(", ", result.Scores.Select(score => $"{score.Key} {score.Value:0.000}")) + " on held-out text.");
        return tokenizer;
    }

    private static List<string> Next(QuickstartFiles files, IReadOnlyList<QuickstartTask> tasks)
    {
        List<string> next = [$"plinth generate {files.Decoder.Checkpoint} \"Gets or sets the\""];
        foreach (var task in tasks.Where(task => task.CatalogName == "text_classification").Take(1))
        {
            next.Insert(0, $"plinth run {task.CatalogName} {files.Adapter(task.Data.Name)} \"Gets the number of elements in the collection.\"");
        }

        return next;
    }

    /// <summary>Time over all sessions, and the guard that another run does not go on in the same folder.</summary>
    private sealed class SessionClock
    {
        private static readonly RecordFile sessionFile = new("state of a quickstart", "Begin anew with --fresh.");

        private readonly QuickstartFiles files;
        private readonly string fingerprint;
        private readonly TimeSpan before;
        private readonly Stopwatch watch = Stopwatch.StartNew();

        public SessionClock(QuickstartFiles files, QuickstartOptions options, QuickstartPlan plan)
        {
            this.files = files;
            fingerprint = JsonSerializer.Serialize(new { options.Data, options.IsThorough, options.Seed, plan });
            if (File.Exists(files.Options))
            {
                var state = sessionFile.Read<Session>(files.Options);
                if (state.Asked != fingerprint)
                {
                    throw new BadInputException($"{files.Folder} holds a quickstart with other options. Begin anew with --fresh, or choose another --folder.");
                }

                before = state.Elapsed;
            }

            Save();
        }

        public TimeSpan Elapsed => before + watch.Elapsed;

        public void Save() => sessionFile.Write(files.Options, new Session(fingerprint, Elapsed));
    }

    /// <summary>What was asked for, and how long all sessions took.</summary>
    private sealed record Session(string Asked, TimeSpan Elapsed);
}
