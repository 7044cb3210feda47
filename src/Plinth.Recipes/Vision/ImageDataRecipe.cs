using Plinth.Data.Vision;
using Plinth.Recipes.Binding;

namespace Plinth.Recipes.Vision;

/// <summary>How pictures are read and changed on the way.</summary>
public sealed record ImageDataRecipe
{
    /// <summary>Folder or zip archive in which the pictures of a table lie; null is the table's own folder.</summary>
    public string? Folder { get; init; }

    /// <summary>Which column of a table holds what; the classes of folders have no column.</summary>
    public ImageColumns Columns { get; init; } = new() { Label = "label" };

    /// <summary>Random changes of the pictures that are learnt from, in their order, for example <c>type: random_affine</c>.</summary>
    public IReadOnlyList<Component> Augmentations { get; init; } = [];

    /// <summary>Batches that are made ahead on a thread of its own.</summary>
    public int Prefetch { get; init; } = 2;

    /// <summary>The columns, or others where nobody has named any.</summary>
    internal ImageColumns ColumnsOr(ImageColumns others) => Columns == new ImageDataRecipe().Columns ? others : Columns;
}

/// <summary>How pictures become numbers for a model that is built: the processor of a checkpoint, or one for the model's size.</summary>
public sealed record ImageProcessorRecipe
{
    /// <summary>Folder or file of a <c>preprocessor_config.json</c>; null makes one of what follows.</summary>
    public string? Path { get; init; }

    /// <summary>What is taken off the values, which are 0 to 1: one number, or three for red, green and blue.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [0.5];

    /// <summary>What they are then divided by.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [0.5];

    /// <summary>How pictures of another size are resized.</summary>
    public ResampleFilter Resample { get; init; } = ResampleFilter.Bilinear;
}
