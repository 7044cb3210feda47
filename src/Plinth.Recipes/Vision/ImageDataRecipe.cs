using Plinth.Core;
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

    /// <summary>
    /// Names of more tables of the same form beside the first, such as captions in other languages: <c>[de.tsv, fr.tsv]</c>. What they say of a
    /// picture is added to it.
    /// </summary>
    public IReadOnlyList<string> Also { get; init; } = [];

    /// <summary>Names of the columns of a table that has no header line.</summary>
    public IReadOnlyList<string>? Header { get; init; }

    /// <summary>Whether fields of a table may be quoted; false takes quotes as text.</summary>
    public bool HasQuotes { get; init; } = true;

    /// <summary>The colour that transparent pixels are laid over, for example <c>{red: 255, green: 255, blue: 255}</c>; null keeps the colours that stand in the file under them, often black.</summary>
    public RgbColor? Background { get; init; }

    /// <summary>Random changes of the pictures that are learnt from, in their order, for example <c>type: random_affine</c>.</summary>
    public IReadOnlyList<Component> Augmentations { get; init; } = [];

    /// <summary>Batches that are made ahead on a thread of its own.</summary>
    public int Prefetch { get; init; } = 2;

    /// <summary>The columns, or others where nobody has named any.</summary>
    internal ImageColumns ColumnsOr(ImageColumns others) => Columns == new ImageDataRecipe().Columns ? others : Columns;

    /// <summary>The same for pictures whose boxes are learnt.</summary>
    internal ImageDataRecipe OfBoxes() => this with { Columns = ColumnsOr(ImageColumns.OfBoxes) };
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
