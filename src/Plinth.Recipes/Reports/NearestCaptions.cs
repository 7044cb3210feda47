using System.Globalization;
using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Inference.Vision;
using Plinth.Recipes.Pipelines;

namespace Plinth.Recipes.Reports;

/// <summary>The part of a report that shows which captions a model of pictures and texts finds for pictures.</summary>
internal static class NearestCaptions
{
    private const int MostPictures = 24, MostCaptions = 200, Shown = 3;

    /// <summary>Makes the part.</summary>
    /// <param name="model">The model.</param>
    /// <param name="processor">Its tokenizer and image processor.</param>
    /// <param name="samples">Pictures with captions, the first of which are shown.</param>
    public static ReportSection Section(Model model, PictureTextProcessor processor, IReadOnlyList<ImageSample> samples)
    {
        var pipeline = new PictureTextPipeline(model, processor.Tokenizer, processor.Images);
        string[] captions = [.. samples.Take(MostCaptions).Select(sample => sample.Captions[0]).Distinct(StringComparer.Ordinal)];
        ImageSample[] shown = [.. samples.Take(MostPictures)];
        var (texts, images) = (pipeline.EmbedTexts(captions), pipeline.EmbedImages([.. shown.Select(sample => sample.Image)]));
        var sheet = new ContactSheet("");
        foreach (var (sample, vector) in shown.Zip(images))
        {
            var nearest = captions.Zip(texts, (caption, text) => (Caption: caption, Cosine: VectorPipelines.Dot(vector, text))).OrderByDescending(pair => pair.Cosine).Take(Shown);
            sheet.Add(sample.Image.Load(), Path.GetFileName(sample.Image.Name),
                [.. nearest.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{(sample.Captions.Contains(pair.Caption, StringComparer.Ordinal) ? "✓" : "✗")} {pair.Cosine:0.00} {pair.Caption}"))]);
        }

        return sheet.Section("Nearest captions", $"The {Shown} nearest of {captions.Length} captions, with their cosines; a picture's own are ticked.");
    }
}
