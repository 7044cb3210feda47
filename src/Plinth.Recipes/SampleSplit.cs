using Plinth.Core;

namespace Plinth.Recipes;

/// <summary>Items in three parts; items of one group are in one part only.</summary>
/// <param name="Training">Items to learn from.</param>
/// <param name="Validation">Items to choose the best state by; empty when no share was asked for.</param>
/// <param name="Test">Items for the final score; empty when no share was asked for.</param>
internal sealed record SampleSplit<T>(IReadOnlyList<T> Training, IReadOnlyList<T> Validation, IReadOnlyList<T> Test)
{
    private const ulong Steps = 10_000;

    private enum Part
    {
        Training,
        Validation,
        Test,
    }

    /// <summary>Parts items at random.</summary>
    /// <param name="items">At least one.</param>
    /// <param name="recipe">The shares.</param>
    /// <param name="group">What the items of a group have in common; null makes each item its own group.</param>
    /// <param name="seed">Chooses the groups.</param>
    /// <exception cref="BadInputException">There are too few groups.</exception>
    public static SampleSplit<T> Make(IReadOnlyList<T> items, SamplesRecipe recipe, Func<T, ulong>? group, int seed)
    {
        T[][] groups = group is null ? [.. items.Select(item => (T[])[item])] : [.. items.GroupBy(group).Select(together => together.ToArray())];
        new Random(seed).Shuffle(groups);
        var test = Count(recipe.Test is null ? recipe.TestShare : 0);
        var validation = Count(recipe.Validation is null ? recipe.ValidationShare : 0);
        if (groups.Length == 1 && test == 0)
        {
            return new(items, validation > 0 ? items : [], []);
        }

        return test + validation < groups.Length
            ? new([.. groups[(validation + test)..].SelectMany(together => together)], HeldOut(groups[..validation]), HeldOut(groups[validation..(validation + test)]))
            : throw new BadInputException(
                $"{recipe.Train}: {groups.Length} {(group is null ? "samples" : "groups of samples")} are too few to keep {validation} for validation and {test} for the test. Give files of their own for these.");

        int Count(double share) => share > 0 ? Math.Clamp((int)(groups.Length * share), 1, Math.Max(1, groups.Length - 1)) : 0;

        IReadOnlyList<T> HeldOut(T[][] kept) => [.. kept.SelectMany(together => recipe.OnePerGroup ? together.Take(1) : together)];
    }

    /// <summary>Parts items by what they are called: an item stays on its side whatever the seed is and whatever else is there. Parts are about as large as their shares.</summary>
    /// <param name="items">At least one.</param>
    /// <param name="recipe">The shares.</param>
    /// <param name="hash">Of the name of each item.</param>
    /// <exception cref="BadInputException">A part that is asked for is empty.</exception>
    public static SampleSplit<T> ByHash(IReadOnlyList<T> items, SamplesRecipe recipe, Func<T, ulong> hash)
    {
        var test = recipe.Test is null ? recipe.TestShare : 0;
        var validation = recipe.Validation is null ? recipe.ValidationShare : 0;
        // Tested items are the same ones whatever share is kept for validation.
        var parts = items.ToLookup(item => hash(item) % Steps / (double)Steps is var at && at < test ? Part.Test : at < test + validation ? Part.Validation : Part.Training);
        return parts.Contains(Part.Training) && (test == 0 || parts.Contains(Part.Test)) && (validation == 0 || parts.Contains(Part.Validation))
            ? new([.. parts[Part.Training]], [.. parts[Part.Validation]], [.. parts[Part.Test]])
            : throw new BadInputException($"{recipe.Train}: {items.Count} samples are too few to keep shares of {validation} for validation and {test} for the test by their names. Give files of their own for these.");
    }

    /// <summary>The same parts, but where the recipe names files for validation and test, what is in them. Without test items those of the validation serve.</summary>
    /// <param name="recipe">The files.</param>
    /// <param name="read">Reads one.</param>
    public SampleSplit<T> WithFiles(SamplesRecipe recipe, Func<string, IReadOnlyList<T>> read)
    {
        var validation = recipe.Validation is { } heldOut ? read(heldOut) : Validation;
        var test = recipe.Test is { } last ? read(last) : Test;
        return new(Training, validation, test.Count > 0 ? test : validation);
    }
}
