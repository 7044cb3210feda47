using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Recipes.Vision;

/// <summary>Reads the pictures of a recipe: the one place that says what <see cref="ImageDataRecipe"/> means for files.</summary>
internal static class PictureFiles
{
    /// <summary>Reads a set, with what further tables say of its pictures.</summary>
    /// <param name="path">Folder, archive or table.</param>
    /// <param name="images">How it is read.</param>
    /// <param name="labelNames">Classes by their numbers, where they are known.</param>
    /// <param name="categoryNames">Classes of boxes by their numbers, where they are known.</param>
    /// <exception cref="BadInputException">A file is missing or malformed, or holds no picture.</exception>
    public static ImageSet Read(string path, ImageDataRecipe images, IReadOnlyList<string>? labelNames = null, IReadOnlyList<string>? categoryNames = null)
    {
        var options = new ImageSetOptions
        {
            LabelNames = labelNames,
            CategoryNames = categoryNames,
            Decoding = new() { Background = images.Background },
            Rows = new() { Header = images.Header, HasQuotes = images.HasQuotes },
        };
        var set = ImageSets.Read(path, images.Columns, images.Folder, options);
        if (images.Also.Count == 0)
        {
            return set;
        }

        // Further tables bring texts alone: the first says what class a picture has.
        var texts = images.Columns with { Label = null, LabelSet = null, Value = null, Boxes = null };
        var others = images.Also.Select(name => ImageSets.Read(Beside(path, name), texts, images.Folder, options).Samples);
        return set with { Samples = ImageTable.Joined(others.Aggregate(set.Samples.AsEnumerable(), (all, more) => all.Concat(more))) };
    }

    /// <summary>The name of a picture below its folder or archive, so that it does not depend on where these lie.</summary>
    /// <param name="name">The whole name, as its source says it.</param>
    /// <param name="path">What was read.</param>
    /// <param name="images">How it was read.</param>
    public static string NameBelow(string name, string path, ImageDataRecipe images)
    {
        var root = images.Folder ?? (Directory.Exists(path) || path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? path : Path.GetDirectoryName(path) ?? "");
        string[] roots = [Path.TrimEndingDirectorySeparator(root), Path.TrimEndingDirectorySeparator(Path.GetFullPath(root.Length > 0 ? root : "."))];
        var found = roots.FirstOrDefault(start => start.Length > 0 && name.Length > start.Length + 1 && name.StartsWith(start, StringComparison.Ordinal) && name[start.Length] is '/' or '\\');
        return (found is null ? name : name[(found.Length + 1)..]).Replace('\\', '/');
    }

    private static string Beside(string path, string name) => Path.Combine(Path.GetDirectoryName(path) ?? "", name).Replace('\\', '/');
}
