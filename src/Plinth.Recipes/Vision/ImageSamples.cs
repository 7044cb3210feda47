using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Files;
using Plinth.Data.Vision;

namespace Plinth.Recipes.Vision;

/// <summary>Labelled pictures of a recipe.</summary>
internal static class ImageSamples
{
    /// <summary>Reads the files of a recipe.</summary>
    /// <param name="recipe">The files.</param>
    /// <param name="seed">Chooses the held-out samples when there is no file for them.</param>
    /// <param name="ofBoxes">Whether the classes are those of boxes.</param>
    /// <exception cref="BadInputException">A file is missing or malformed, or a class of one is unknown in the training set.</exception>
    public static LabeledSamples Read(SamplesRecipe recipe, int seed, bool ofBoxes)
    {
        var images = recipe.Images ?? new();
        var columns = ofBoxes ? images.ColumnsOr(ImageColumns.OfBoxes) : images.Columns;
        var training = ImageSets.Read(recipe.Train, columns, images.Folder);
        var options = new ImageSetOptions { LabelNames = Known(training.LabelNames), CategoryNames = Known(training.CategoryNames) };
        if (recipe.GroupBy != SampleGroup.None)
        {
            throw new RecipeException($"data.group_by = {recipe.GroupBy} is for texts. Leave it out.");
        }

        var (learnt, validation, test) = SampleSplit<ImageSample>.Make(training.Samples, recipe, null, seed)
            .WithFiles(recipe, path => ImageSets.Read(path, columns, images.Folder, options).Samples);
        return new(learnt, validation, test, ofBoxes ? training.CategoryNames : training.LabelNames) { WriteTest = path => Write(path, test, training.LabelNames) };
    }

    private static IReadOnlyList<string>? Known(IReadOnlyList<string> names) => names.Count > 0 ? names : null;

    // The names of the pictures, not the pictures: what was measured on stays known.
    private static void Write(string path, IReadOnlyList<ImageSample> samples, IReadOnlyList<string> labels) => AtomicFile.WriteText(path, string.Concat(samples.Select(sample => new JsonObject
    {
        ["image"] = sample.Image.Name,
        ["label"] = sample.Label is { } label && label < labels.Count ? labels[label] : null,
    }.ToJsonString() + "\n")));
}
