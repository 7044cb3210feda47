using System.Globalization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Inference.Pipelines;
using Plinth.Models;
using Plinth.Recipes.Quickstart;
using Plinth.Tasks;

namespace Plinth.Recipes;

/// <summary>Answers one text after the other with a task, in lines that a person can read.</summary>
public abstract class TaskRunner : IDisposable
{
    private const string FillMask = "fill_mask";

    /// <summary>Everything that can be run.</summary>
    public static IReadOnlyList<string> Names => [FillMask, .. TaskCatalog.Tasks.Names];

    /// <summary>Loads a checkpoint or an adapter for a task.</summary>
    /// <exception cref="PlinthException">The folder cannot be loaded or was not made for the task.</exception>
    public static TaskRunner Load(string task, string folder) =>
        task == FillMask ? new MaskRunner(folder) : new CatalogRunner(TaskModel.Load(task, folder));

    /// <summary>Answers a text.</summary>
    /// <param name="sample">The text, with a second one or choices where the task wants them.</param>
    /// <param name="top">How many answers to give at most.</param>
    /// <exception cref="BadInputException">The sample lacks what the task needs.</exception>
    public abstract IEnumerable<string> Answer(TextSample sample, int top);

    /// <inheritdoc />
    public abstract void Dispose();

    private static string Share(double probability) => probability.ToString("0.000", CultureInfo.InvariantCulture);

    private sealed class MaskRunner(string folder) : TaskRunner
    {
        private readonly Model model = Checkpoint.Load(folder, ModelCatalog.Families).Model;

        public override IEnumerable<string> Answer(TextSample sample, int top) =>
            new FillMaskPipeline(model, TokenizerFiles.Load(folder)).Fill(sample.Text, top)
                .SelectMany(guesses => guesses).Select(guess => $"{Share(guess.Probability)}  {guess.Text}");

        public override void Dispose() => model.Dispose();
    }

    private sealed class CatalogRunner(TaskModel loaded) : TaskRunner
    {
        public override IEnumerable<string> Answer(TextSample sample, int top)
        {
            var isTagging = loaded.Entry.Head == HeadKind.TokenClassification;
            var asked = isTagging && sample.Words is null ? sample with { Words = [.. Words.Split(sample.Text)] } : sample;
            var labels = loaded.Model.Config.Labels;
            return loaded.Task.Answer([asked])[0] switch
            {
                ClassScores scores when asked.Choices is { } choices => Best(scores, choices, top),
                ClassScores { Scores.Count: 1 } value => [value.Scores[0].ToString("0.0000", CultureInfo.InvariantCulture)],
                ClassScores scores => Best(scores, labels, top),
                Core.WordTags tags => asked.Words!.Zip(tags.Tags, tags.Scores).Select(word => $"{Share(word.Third)}  {labels[word.Second],-10}  {word.First}"),
                SpanAnswer { Span: { } span } answer => [$"{Share(answer.Score)}  {span.Text}  (at {span.Start})"],
                SpanAnswer answer => [$"{Share(answer.Score)}  (no answer)"],
                TextAnswer written => [written.Text],
                VectorAnswer vector => [string.Join(' ', vector.Vector.Select(value => value.ToString("0.0000", CultureInfo.InvariantCulture)))],
                var other => [other.ToString()!],
            };
        }

        public override void Dispose() => loaded.Dispose();

        private static IEnumerable<string> Best(ClassScores scores, IReadOnlyList<string> names, int top) => scores.Scores
            .Select((score, i) => (score, name: i < names.Count ? names[i] : $"LABEL_{i}"))
            .OrderByDescending(entry => entry.score).Take(top)
            .Select(entry => $"{Share(entry.score)}  {entry.name}");
    }
}
