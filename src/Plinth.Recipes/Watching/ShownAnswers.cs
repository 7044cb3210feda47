using System.Globalization;
using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Recipes.Pipelines;
using Plinth.Tasks;
using Plinth.Training.Observers;

namespace Plinth.Recipes.Watching;

/// <summary>A few samples with the answers of a task, for people who watch a run.</summary>
internal static class ShownAnswers
{
    private const int Most = 4, LongestText = 400, Side = 96, Quality = 75, Top = 3;

    /// <summary>The first samples with their answers; null where the answers are none that people can read, such as vectors.</summary>
    /// <param name="task">What answered.</param>
    /// <param name="samples">What it was given.</param>
    /// <param name="answers">What it said of each.</param>
    public static IReadOnlyList<EvaluationSample>? Of(ModelTask task, IReadOnlyList<Sample> samples, IReadOnlyList<Answer> answers)
    {
        EvaluationSample[] shown = [.. samples.Zip(answers).Take(Most).Select(entry => Show(task, entry.First, entry.Second)).OfType<EvaluationSample>()];
        return shown.Length == 0 ? null : shown;
    }

    /// <summary>The beginning of a text, as long as people care to read.</summary>
    public static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";

    private static EvaluationSample? Show(ModelTask task, Sample sample, Answer answer)
    {
        IEnumerable<string>? lines = answer switch
        {
            ClassScores scores when task is IClassification classes => AnswerLines.Of(classes.Outputs.Named(scores), Top),
            TextAnswers texts => texts.Texts,
            SpanAnswer or TextAnswer or EntityAnswer or NumberAnswer or BoxAnswer => AnswerLines.Of(answer, Top),
            _ => null,
        };
        return lines is null ? null : new(Given(sample), Short(string.Join('\n', lines)))
        {
            Expected = Expected(task, sample),
            Picture = sample is ImageSample picture ? Thumbnail(picture) : null,
        };
    }

    private static string Given(Sample sample) => sample switch
    {
        TextSample text => Short(text.Pair is null ? text.Text : $"{text.Text}\n{text.Pair}"),
        ImageSample picture => Path.GetFileName(picture.Image.Name),
        _ => "",
    };

    private static string? Expected(ModelTask task, Sample sample) => sample switch
    {
        { Label: { } label } when task is IClassification && label < task.Model.Config.Labels.Count => task.Model.Config.Labels[label],
        { Value: { } value } => value.ToString("0.####", CultureInfo.InvariantCulture),
        TextSample { Spans: [var first, ..] } => Short(first.Text),
        ImageSample { Questions: [var question, ..] } => Short(question.Answers[0]),
        _ => null,
    };

    private static string Thumbnail(ImageSample sample)
    {
        var image = sample.Image.Load();
        var scale = Math.Min(1, (double)Side / Math.Max(image.Height, image.Width));
        var small = ImageResizer.Resize(image, Math.Max(1, (int)(image.Height * scale)), Math.Max(1, (int)(image.Width * scale)), ResampleFilter.Bilinear);
        return Convert.ToBase64String(ImageEncoder.Jpeg(small, Quality));
    }
}
