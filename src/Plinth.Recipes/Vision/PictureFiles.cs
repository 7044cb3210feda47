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
    /// <exception cref="BadInputException">A file is missing or malformed, or holds no picture.</exception>
    public static ImageSet Read(string path, ImageDataRecipe images, IReadOnlyList<string>? labelNames = null)
    {
        var options = new ImageSetOptions
        {
            LabelNames = labelNames,
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

    /// <summary>The name of a picture that does not depend on where its folder or archive lies.</summary>
    public static string NameOf(ImageSample sample) => Path.GetFileName(sample.Image.Name);

    private static string Beside(string path, string name) => Path.Combine(Path.GetDirectoryName(path) ?? "", name).Replace('\\', '/');
}
