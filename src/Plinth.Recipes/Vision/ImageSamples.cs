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

        var (learnt, validation, test) = SampleSplit<ImageSample>.Make(training.Samples, recipe, null, seed)
            .WithFiles(recipe, path => ImageSets.Read(path, images.Columns, images.Folder, options).Samples);
        return new(learnt, validation, test, training.LabelNames) { WriteTest = path => Write(path, test, training.LabelNames) };
    }

    // The names of the pictures, not the pictures: what was measured on stays known.
    private static void Write(string path, IReadOnlyList<ImageSample> samples, IReadOnlyList<string> labels) => AtomicFile.WriteText(path, string.Concat(samples.Select(sample => new JsonObject
    {
        ["image"] = sample.Image.Name,
        ["label"] = sample.Label is { } label && label < labels.Count ? labels[label] : null,
        ["label_set"] = sample.LabelSet is { } set ? new JsonArray([.. set.Where(label => label < labels.Count).Select(label => (JsonNode?)labels[label])]) : null,
    }.ToJsonString() + "\n")));
}
