using Plinth.Core;
using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>
/// Pictures in a folder or a zip archive; the name of the folder that one stands in is its class. Of other files and damaged
/// heads it says how many there were and why. Links are not followed.
/// </summary>
public static class ImageFolder
{
    private const string Outside = "OutsideTheClasses", Link = "Link";

    /// <summary>Reads the names of the pictures; each is decoded when it is asked for.</summary>
    /// <param name="path">The folder, or a <c>.zip</c>.</param>
    /// <param name="options">Limits and rules; the plain case when left out.</param>
    /// <exception cref="BadInputException">Nothing is there, or no picture is in it, or a class is unknown.</exception>
    public static ImageSet Read(string path, ImageSetOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new();
        var skipped = new SkippedLog();
        var found = (File.Exists(path) ? InArchive(path, options, skipped) : InFolder(path, options, skipped)).ToList();
        var hasClasses = found.Exists(file => file.Class is not null);
        foreach (var (_, image) in found.Where(file => hasClasses && file.Class is null))
        {
            skipped.Add(Outside, $"{image.Name} stands beside the folders of the classes.");
        }

        var classes = new ClassNames(options.LabelNames ?? ClassNames.Sorted(found.Where(file => file.Class is not null).Select(file => file.Class!)));
        ImageSample[] samples =
        [
            .. found.Where(file => !hasClasses || file.Class is not null)
                .Select(file => new ImageSample(file.Image) { Label = file.Class is { } name ? classes.Number(name, file.Image.Name) : null }),
        ];
        return samples.Length > 0 ? new(samples, classes.Names, skipped.Close()) : throw skipped.NothingLeft(path);
    }

    private static IEnumerable<(string? Class, ImageSource Image)> InFolder(string path, ImageSetOptions options, SkippedLog skipped)
    {
        if (!Directory.Exists(path))
        {
            throw new BadInputException($"There is no folder or zip archive '{path}' (looked at {Path.GetFullPath(path)}).");
        }

        var count = 0;
        foreach (var file in CorpusWalk.Below(path, new() { Skipped = message => skipped.Add(Link, message) }))
        {
            if (IsPicture(() => ImageDecoder.Inspect(file, options.Decoding.Limits), skipped))
            {
                CheckCount(path, ++count, options);
                yield return (ClassOf(Path.GetRelativePath(path, file).Replace(Path.DirectorySeparatorChar, '/')), new FileImage(file, options.Decoding));
            }
        }
    }

    private static IEnumerable<(string? Class, ImageSource Image)> InArchive(string path, ImageSetOptions options, SkippedLog skipped)
    {
        var archive = new ImageArchive(path, options.MaxFiles);
        foreach (var entry in archive.Names)
        {
            if (IsPicture(() => ImageDecoder.Inspect(archive, entry, options.Decoding.Limits), skipped))
            {
                yield return (ClassOf(entry), new ArchiveImage(archive, entry, options.Decoding));
            }
        }
    }

    private static bool IsPicture(Func<ImageHeader> inspect, SkippedLog skipped)
    {
        try
        {
            _ = inspect();
            return true;
        }
        catch (BadImageException error)
        {
            skipped.Add(error);
            return false;
        }
    }

    // Deeper folders belong to the class of the uppermost one.
    private static string? ClassOf(string relative) => relative.IndexOf('/', StringComparison.Ordinal) is > 0 and var end ? relative[..end] : null;

    private static void CheckCount(string path, int count, ImageSetOptions options)
    {
        if (count > options.MaxFiles)
        {
            throw new BadInputException($"'{path}' holds more than {options.MaxFiles:N0} pictures. Split it, or raise ImageSetOptions.MaxFiles.");
        }
    }
}
