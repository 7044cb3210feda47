using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>Reads any set of pictures by its path.</summary>
public static class ImageSets
{
    /// <summary>The set that is drawn: <c>drawn-scenes#train</c>, <c>drawn-scenes#validation</c> or <c>drawn-scenes#test</c>.</summary>
    public const string DrawnScenesName = "drawn-scenes";

    /// <summary>The same, but that the category of a box is colour and shape: <c>drawn-scenes-colors#train</c>.</summary>
    public const string ColoredScenesName = DrawnScenesName + "-colors";

    private const char PartMark = '#';

    private static readonly Dictionary<string, (SceneSplit Split, int Count)> Drawn = new(StringComparer.Ordinal)
    {
        ["train"] = (SceneSplit.Train, 8_000), ["validation"] = (SceneSplit.Validation, 1_000), ["test"] = (SceneSplit.Test, 1_000),
    };

    private static readonly string[] Tables = [".csv", ".tsv", ".jsonl", ".ndjson", ".parquet"];

    /// <summary>
    /// Reads a folder or zip archive of pictures, a table of them, boxes in COCO's JSON, one part of a NumPy archive (<c>chest.npz#train</c>), or one part of a
    /// folder in MNIST's form (<c>mnist#t10k</c>). <c>drawn-scenes#train</c> is drawn and needs no file.
    /// </summary>
    /// <param name="path">What to read.</param>
    /// <param name="columns">Which column of a table is what.</param>
    /// <param name="images">The folder or zip archive in which the pictures of a table lie; its own folder when left out.</param>
    /// <param name="options">Limits and rules; the plain case when left out.</param>
    /// <exception cref="BadInputException">Nothing is there, or it is malformed, or no picture is left.</exception>
    public static ImageSet Read(string path, ImageColumns? columns = null, string? images = null, ImageSetOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (Part(path) is var (file, part))
        {
            return file is DrawnScenesName or ColoredScenesName ? Draw(file == ColoredScenesName, part, options)
                : file.EndsWith(".npz", StringComparison.OrdinalIgnoreCase) ? NpzImages.Read(file, part, options)
                : Directory.Exists(file) ? IdxImages.ReadFolder(file, part, options)
                : throw new BadInputException($"'{path}': only a .npz file, a folder of idx files and {DrawnScenesName} have parts that are named behind {PartMark}, and '{file}' is none of them.");
        }

        return ExtensionOf(path) == CocoImages.Extension && !Directory.Exists(path) ? CocoImages.Read(path, images, options)
            : Tables.Contains(ExtensionOf(path)) ? ImageTable.Read(path, columns, images, options)
            : ImageFolder.Read(path, options);
    }

    /// <summary>The name of a picture of a set for people: below its folder, where it is a file in one.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="path">The path that the set was read from.</param>
    public static string NameOf(ImageSource image, string path)
    {
        ArgumentNullException.ThrowIfNull(image);
        var root = Path.GetFullPath(path);
        return Path.IsPathRooted(image.Name) && Directory.Exists(root) ? Path.GetRelativePath(root, image.Name) : image.Name;
    }

    private static ImageSet Draw(bool isColored, string part, ImageSetOptions? options)
    {
        var (split, count) = DrawnPart(part);
        var scenes = new DrawnScenes(new() { Boxes = isColored ? SceneBoxes.ColorsAndShapes : SceneBoxes.Shapes });
        var set = scenes.Read(split, count);
        // Whoever has names of categories already has learnt them in that order.
        return options?.CategoryNames is not { } names || names.SequenceEqual(set.CategoryNames) ? set
            : Renumbered(set, new(names), $"{DrawnScenesName}{PartMark}{part}");
    }

    private static ImageSet Renumbered(ImageSet set, ClassNames names, string place)
    {
        int[] numbers = [.. set.CategoryNames.Select(name => names.Number(name, place))];
        return set with
        {
            CategoryNames = names.Names,
            Samples = [.. set.Samples.Select(sample => sample with { Boxes = [.. sample.Boxes!.Select(box => box with { Category = numbers[box.Category] })] })],
        };
    }

    private static (SceneSplit Split, int Count) DrawnPart(string part) => Drawn.TryGetValue(part, out var found) ? found
        : throw new BadInputException($"{DrawnScenesName} has the parts {string.Join(", ", Drawn.Keys)}, not '{part}'.");

    private static (string File, string Part)? Part(string path)
    {
        var mark = path.LastIndexOf(PartMark);
        return mark > 0 && mark < path.Length - 1 && !Path.Exists(path) ? (path[..mark], path[(mark + 1)..]) : null;
    }

    private static string ExtensionOf(string path) => CorpusWalk.ExtensionOf(path, out _);
}
