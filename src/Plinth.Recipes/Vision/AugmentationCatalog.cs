using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Recipes.Binding;

namespace Plinth.Recipes.Vision;

/// <summary>One random change of pictures that recipes can name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its record.</param>
public sealed record AugmentationEntry(string Name, Type Type);

/// <summary>The shelf of random changes.</summary>
public static class AugmentationCatalog
{
    /// <summary>All changes by name, which is that of the record.</summary>
    public static Catalog<AugmentationEntry> Entries { get; } = new(
        "augmentation",
        [
            Of<ColorJitter>(), Of<GaussianBlur>(), Of<Greyscale>(), Of<HorizontalFlip>(), Of<RandomAffine>(), Of<RandomErasing>(), Of<RandomResizedCrop>(), Of<Solarise>(),
        ],
        entry => entry.Name);

    /// <summary>Makes the changes of a recipe; null when there are none.</summary>
    /// <exception cref="RecipeException">A name or an option is unknown.</exception>
    public static Augmentations? Make(IReadOnlyList<Component> components, int seed)
    {
        ArgumentNullException.ThrowIfNull(components);
        return components.Count == 0 ? null : new([.. components.Select(component => (Augmentation)component.Bind(Entries[component.Type].Type))], (ulong)seed);
    }

    private static AugmentationEntry Of<T>() where T : Augmentation => new(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(typeof(T).Name), typeof(T));
}
