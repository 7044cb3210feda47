using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Models;

namespace Plinth.Recipes.Vision;

/// <summary>The image processor of a recipe.</summary>
internal static class ImageProcessors
{
    /// <summary>Loads it, or makes one for pictures of the model's size; transparent pixels are laid over the background, where there is one.</summary>
    /// <exception cref="PlinthException">The file cannot be read, or a value is impossible.</exception>
    public static ImageProcessor Get(ImageProcessorRecipe recipe, ModelRecipe model, RgbColor? background) => Over(recipe.Path is { } path ? ImageProcessor.Load(path) : New(recipe, model), background);

    /// <summary>The processor with another background for transparent pixels, so that whoever loads it later lays them over the same.</summary>
    /// <param name="processor">The processor.</param>
    /// <param name="background">The colour; null leaves the processor as it is.</param>
    public static ImageProcessor Over(ImageProcessor processor, RgbColor? background) =>
        background is null ? processor : new(processor.Config with { Background = background });

    /// <summary>The same for what makes the input of any model; one of texts alone stays as it is.</summary>
    public static IProcessor Over(IProcessor processor, RgbColor? background) => processor switch
    {
        ImageProcessor images => Over(images, background),
        PictureTextProcessor pair => pair with { Images = Over(pair.Images, background) },
        _ => processor,
    };

    private static ImageProcessor New(ImageProcessorRecipe recipe, ModelRecipe model) => new(new()
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
