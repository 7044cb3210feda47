using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Files;
using Plinth.Data.Vision;

namespace Plinth.Recipes.Vision;

/// <summary>Labelled pictures of a recipe.</summary>
internal static class ImageSamples
{
    /// <summary>Reads the files of a recipe.</summary>
    /// <exception cref="BadInputException">A file is missing or malformed, or a class of one is unknown in the training set.</exception>
    public static LabeledSamples Read(SamplesRecipe recipe, int seed)
    {
        var images = recipe.Images ?? new();
        var training = ImageSets.Read(recipe.Train, images.Columns, images.Folder);
        var options = new ImageSetOptions { LabelNames = training.LabelNames.Count > 0 ? training.LabelNames : null };
        if (recipe.GroupBy != SampleGroup.None)
        {
            throw new RecipeException($"data.group_by = {recipe.GroupBy} is for texts. Leave it out.");
        }

        var split = SampleSplit<ImageSample>.Make(training.Samples, recipe, null, seed);
        IReadOnlyList<ImageSample> From(string? path, IReadOnlyList<ImageSample> kept) => path is null ? kept : ImageSets.Read(path, images.Columns, images.Folder, options).Samples;
        var validation = From(recipe.Validation, split.Validation);
        var test = From(recipe.Test, split.Test) is { Count: > 0 } some ? some : validation;
        return new(split.Training, validation, test, training.LabelNames) { WriteTestTo = path => Write(path, test, training.LabelNames) };
    }

    // The names of the pictures, not the pictures: what was measured on stays known.
    private static void Write(string path, IReadOnlyList<ImageSample> samples, IReadOnlyList<string> labels) => AtomicFile.WriteText(path, string.Concat(samples.Select(sample => new JsonObject
    {
        ["image"] = sample.Image.Name,
        ["label"] = sample.Label is { } label && label < labels.Count ? labels[label] : null,
    }.ToJsonString() + "\n")));
}
