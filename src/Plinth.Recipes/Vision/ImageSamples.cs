using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Files;
using Plinth.Data.Formats;
using Plinth.Data.Vision;

namespace Plinth.Recipes.Vision;

/// <summary>Labelled pictures of a recipe.</summary>
internal static class ImageSamples
{
    private const string Image = "image";

    /// <summary>Reads the files of a recipe.</summary>
    /// <param name="recipe">The files.</param>
    /// <param name="seed">Chooses the held-out samples when there is no file for them.</param>
    /// <param name="ofBoxes">Whether the classes are those of boxes.</param>
    /// <exception cref="BadInputException">A file is missing or malformed, or a class of one is unknown in the training set.</exception>
    public static LabeledSamples Read(SamplesRecipe recipe, int seed, bool ofBoxes)
    {
        var images = ofBoxes ? (recipe.Images ?? new()).OfBoxes() : recipe.Images ?? new();
        if (recipe.GroupBy is SampleGroup.Text or SampleGroup.Pair)
        {
            throw new RecipeException($"data.group_by = {recipe.GroupBy} is for texts. Leave it out, or set it to picture.");
        }

        var training = PictureFiles.Read(recipe.Train, images);
        var (classes, categories) = (Known(training.LabelNames), Known(training.CategoryNames));
        var parts = recipe.GroupBy == SampleGroup.Picture
            ? SampleSplit<ImageSample>.ByHash(training.Samples, recipe, sample => StableHash.Of(PictureFiles.NameBelow(sample.Image.Name, recipe.Train, images), 0))
            : SampleSplit<ImageSample>.Make(training.Samples, recipe, null, seed);
        var (learnt, validation, test) = parts.WithFiles(recipe, path => PictureFiles.Read(path, images, classes, categories).Samples);
        return new(learnt, validation, test, ofBoxes ? training.CategoryNames : training.LabelNames) { WriteTest = path => Write(path, test, training.LabelNames) };
    }

    private static IReadOnlyList<string>? Known(IReadOnlyList<string> names) => names.Count > 0 ? names : null;

    /// <summary>The names of the pictures that a run was tested on, as <see cref="PictureFiles.NameBelow"/> gives them.</summary>
    /// <param name="path">The run's file of test samples.</param>
    /// <param name="recipe">What the run says of its samples.</param>
    /// <exception cref="BadInputException">The file is missing or malformed.</exception>
    public static IReadOnlySet<string> TestedNames(string path, SamplesRecipe recipe)
    {
        var tested = recipe.Test ?? (recipe.TestShare > 0 ? null : recipe.Validation) ?? recipe.Train;
        using var source = RowFiles.Open(path);
        return source.Rows().Select(row => row.Fields[Image] is JsonValue value && value.TryGetValue<string>(out var name) ? PictureFiles.NameBelow(name, tested, recipe.Images ?? new())
            : throw new BadInputException($"{row.Place}: there is no name of a picture under '{Image}'. Name the folder of a run on pictures.")).ToHashSet(StringComparer.Ordinal);
    }

    // The names of the pictures, not the pictures: what was measured on stays known.
    private static void Write(string path, IReadOnlyList<ImageSample> samples, IReadOnlyList<string> labels) => AtomicFile.WriteText(path, string.Concat(samples.Select(sample => new JsonObject
    {
        [Image] = sample.Image.Name,
        ["label"] = sample.Label is { } label && label < labels.Count ? labels[label] : null,
        ["label_set"] = sample.LabelSet is { } set ? new JsonArray([.. set.Where(label => label < labels.Count).Select(label => (JsonNode?)labels[label])]) : null,
    }.ToJsonString() + "\n")));
}
