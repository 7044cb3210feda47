using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Recipes;

/// <summary>Labeled samples in three parts.</summary>
/// <param name="Training">Samples to learn from.</param>
/// <param name="Validation">Samples to choose the best state by.</param>
/// <param name="Test">Samples for the final score.</param>
/// <param name="Labels">Names of the classes; empty where the labels are no classes.</param>
public sealed record LabeledSamples(
    IReadOnlyList<Sample> Training, IReadOnlyList<Sample> Validation, IReadOnlyList<Sample> Test, IReadOnlyList<string> Labels)
{
    /// <summary>Reads the files of a recipe.</summary>
    /// <param name="recipe">The files.</param>
    /// <param name="seed">Chooses the validation samples when there is no file for them.</param>
    /// <exception cref="BadInputException">A file is missing or malformed, or a class of one file is unknown in the training file.</exception>
    public static LabeledSamples Read(SamplesRecipe recipe, int seed)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        if (recipe.ValidationShare is not (> 0 and < 1))
        {
            throw new RecipeException($"data.validation_share = {recipe.ValidationShare} must be between 0 and 1.");
        }

        var training = SampleFiles.Read(recipe.Train, recipe.Columns);
        var known = training.LabelNames.Count > 0 ? recipe.Columns with { LabelNames = training.LabelNames } : recipe.Columns;
        IReadOnlyList<Sample> learnt = training.Samples;
        IReadOnlyList<Sample> validation;
        if (recipe.Validation is { } path)
        {
            validation = SampleFiles.Read(path, known).Samples;
        }
        else
        {
            var shuffled = training.Samples.ToArray();
            new Random(seed).Shuffle(shuffled);
            var kept = Math.Clamp((int)(shuffled.Length * recipe.ValidationShare), 1, Math.Max(1, shuffled.Length - 1));
            validation = shuffled[..kept];
            learnt = shuffled.Length > 1 ? shuffled[kept..] : shuffled;
        }

        var test = recipe.Test is { } testPath ? SampleFiles.Read(testPath, known).Samples : validation;
        return new(learnt, validation, test, training.LabelNames);
    }
}
