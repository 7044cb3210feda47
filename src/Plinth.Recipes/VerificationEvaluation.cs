using Plinth.Core;
using Plinth.Data.Text;
using Plinth.Data.Vision;
using Plinth.Inference.Vision;
using Plinth.Recipes.Binding;
using Plinth.Recipes.Pipelines;
using Plinth.Recipes.Vision;
using Plinth.Tasks.Metrics;

namespace Plinth.Recipes;

/// <summary>How verification is measured.</summary>
public sealed record VerificationOptions
{
    /// <summary>What stands for a picture; null takes what the model offers.</summary>
    public ImagePooling? Pooling { get; init; }

    /// <summary>Most pairs; half of them for the same and half for different ones. Fewer cost less memory, and make small rates of false accepts less certain.</summary>
    public int MaximumPairs { get; init; } = 100_000;

    /// <summary>Chooses the pairs, where there are more.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Pictures that are computed at once.</summary>
    public int BatchSize { get; init; } = 32;
}

/// <summary>Scores the vectors of a model that sees on telling whether two pictures show the same.</summary>
public static class VerificationEvaluation
{
    /// <summary>What commands call it; the pipeline of the same name answers.</summary>
    public const string Name = "image_verification";

    private const double Rare = 0.01, VeryRare = 0.001;

    /// <summary>Compares labelled pictures with each other. For an honest score the model has seen none of the classes.</summary>
    /// <param name="folder">Checkpoint or adapter: any that makes vectors of pictures.</param>
    /// <param name="data">A set of pictures with classes.</param>
    /// <param name="columns">Which column of a table holds what.</param>
    /// <param name="options">Pairs and pooling; the plain case when left out.</param>
    /// <param name="images">How pictures are read, each <c>key=value</c> with the keys of a recipe's <c>data.images</c>; null for the defaults.</param>
    /// <param name="cancellation">Ends the work before the next batch.</param>
    /// <exception cref="PlinthException">The folder or the pictures cannot be used, or no two of them have one class, or different ones.</exception>
    public static IReadOnlyDictionary<string, double> Run(
        string folder, string data, SampleColumns columns, VerificationOptions? options = null, IReadOnlyList<string>? images = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(columns);
        options ??= new();
        if (options.MaximumPairs < 2 || options.BatchSize < 1)
        {
            throw new RecipeException($"maximum_pairs = {options.MaximumPairs} must be at least 2, and batch_size = {options.BatchSize} at least 1.");
        }

        var reading = new ImageDataRecipe { Columns = new() { Image = ImageColumns.PictureIn(columns), Label = columns.Label } };
        var samples = PictureFiles.Read(data, RecipeReader.Changed(reading, images ?? [])).Samples;
        int[] labels = [.. samples.Select(sample => sample.Label ?? throw new BadInputException($"{data}: {sample.Image.Name} has no class. Put each class into a folder of its own, or name the column: --column label=person."))];
        var pairs = LabelledPairs.Of(labels, options.MaximumPairs, options.Seed);
        if (pairs.All(pair => pair.IsSame) || !pairs.Any(pair => pair.IsSame))
        {
            throw new BadInputException($"{data}: verification compares pictures of the same class and of different ones, and of one kind there is no pair. Give at least two classes, one of them with two pictures.");
        }

        var (loaded, pipeline) = PicturePipelines.Embedding(folder, options.Pooling, options.BatchSize);
        using (loaded)
        {
            var vectors = pipeline.Embed([.. samples.Select(sample => sample.Image)], cancellation);
            return Named([.. pairs.Select(pair => VectorPipelines.Dot(vectors[pair.First], vectors[pair.Second]))], [.. pairs.Select(pair => pair.IsSame)]);
        }
    }

    private static Dictionary<string, double> Named(double[] similarities, bool[] isSame)
    {
        var scores = VerificationScores.Of(similarities, isSame, Rare, VeryRare);
        var (rare, veryRare) = (scores.AtRates[0], scores.AtRates[1]);
        return new(StringComparer.Ordinal)
        {
            ["roc_auc"] = scores.RocAuc,
            ["equal_error_rate"] = scores.EqualError.Rate,
            ["equal_error_threshold"] = scores.EqualError.Threshold,
            ["true_accept_at_0.01"] = rare.Recall,
            ["threshold_at_0.01"] = rare.Threshold,
            ["true_accept_at_0.001"] = veryRare.Recall,
            ["threshold_at_0.001"] = veryRare.Threshold,
            ["same_pairs"] = rare.PositiveCount,
            ["different_pairs"] = rare.NegativeCount,
        };
    }
}
