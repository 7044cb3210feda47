using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Models;

namespace Plinth.Recipes.Vision;

/// <summary>The image processor of a recipe.</summary>
internal static class ImageProcessors
{
    /// <summary>Loads it, or makes one for pictures of the model's size.</summary>
    /// <exception cref="PlinthException">The file cannot be read, or a value is impossible.</exception>
    public static ImageProcessor Get(ImageProcessorRecipe recipe, ModelRecipe model) => recipe.Path is { } path ? ImageProcessor.Load(path) : new(new()
    {
        // The reference's detectors have a class of their own, which turns boxes too.
        ImageProcessorType = ModelCatalog.Families[model.Family].Architectures.ContainsKey(HeadKind.ObjectDetection) ? "YolosImageProcessor" : "ViTImageProcessor",
        Size = new ExactSize(model.ImageSize, model.ImageSize),
        Resample = recipe.Resample,
        ImageMean = Channels("mean", recipe.Mean),
        ImageStd = Channels("deviation", recipe.Deviation) is { Red: > 0, Green: > 0, Blue: > 0 } deviation ? deviation
            : throw new RecipeException($"processor.deviation = [{string.Join(", ", recipe.Deviation)}] must be above 0."),
    });

    private static ChannelValues Channels(string name, IReadOnlyList<double> values) => values switch
    {
        [var one] => ChannelValues.All(one),
        [var red, var green, var blue] => new(red, green, blue),
        _ => throw new RecipeException($"processor.{name} has {values.Count} values; wanted is one, or three for red, green and blue."),
    };
}
