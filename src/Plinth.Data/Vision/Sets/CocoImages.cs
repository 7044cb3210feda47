using System.Text.Json;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>
/// Reads pictures with boxes in the JSON of COCO (Lin et al. 2014, arXiv:1405.0312), also as <c>.gz</c>: <c>images</c>, <c>categories</c> and
/// <c>annotations</c> whose <c>bbox</c> is left, top, width and height in pixels. Outlines, key points and whatever else is there are passed over.
/// </summary>
public static class CocoImages
{
    /// <summary>The extension of such files.</summary>
    internal const string Extension = ".json";

    /// <summary>Reads the boxes; pictures are decoded when they are asked for.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">The folder or zip archive in which the pictures lie; the file's own folder when left out.</param>
    /// <param name="options">Limits and rules; the plain case when left out. Categories are numbered in the order of their ids unless their names are given.</param>
    /// <exception cref="BadInputException">The file is missing, malformed or contradicts itself, a path leads out of the folder, or no picture is left. Pictures that cannot be read are counted instead.</exception>
    public static ImageSet Read(string path, string? images = null, ImageSetOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new();
        RowFiles.CheckExists(path);
        var file = Parse(path, options);
        var categories = ById(file.Categories, category => category.Id, path, "categories").OrderBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => Name(entry.Value, path));
        var names = new ClassNames(options.CategoryNames ?? [.. categories.Values.Distinct()]);
        var boxes = Boxes(file.Annotations!, categories.ToDictionary(entry => entry.Key, entry => names.Number(entry.Value, path)), path);
        var known = ById(file.Images, image => image.Id, path, "images");
        if (boxes.Keys.Where(id => !known.ContainsKey(id)).Cast<long?>().FirstOrDefault() is { } stranger)
        {
            throw new BadInputException($"{path}: an annotation is of the picture {stranger}, which is not among the images of the file.");
        }

        var skipped = new SkippedLog();
        var samples = Samples(file.Images!, boxes, ImageStore.Open(images ?? Path.GetDirectoryName(Path.GetFullPath(path))!, options), path, skipped);
        return samples.Count > 0 ? new(samples, [], skipped.Close()) { CategoryNames = names.Names } : throw skipped.NothingLeft(path);
    }

    private static CocoFile Parse(string path, ImageSetOptions options)
    {
        try
        {
            using var stream = CorpusWalk.Expand(path, options.Rows).Open();
            var file = JsonSerializer.Deserialize<CocoFile>(stream, CocoFile.Json);
            return file is not { Images: not null, Annotations: not null, Categories: not null }
                ? throw new BadInputException($"{path} lacks one of the lists images, categories and annotations, which COCO's files of boxes have.")
                : file.Images.Count > options.MaxFiles ? throw new BadInputException($"{path} names more than {options.MaxFiles:N0} pictures. Split it, or raise ImageSetOptions.MaxFiles.")
                : file;
        }
        catch (JsonException error)
        {
            throw new BadInputException($"{path}:{(error.LineNumber ?? 0) + 1}: {error.Path ?? "$"} is not as COCO's files of boxes have it. {error.Message.Split(" Path:")[0]}", error);
        }
    }

    private static Dictionary<long, T> ById<T>(IReadOnlyList<T>? items, Func<T, long> id, string path, string list)
    {
        var result = new Dictionary<long, T>();
        foreach (var (number, item) in items!.Index())
        {
            if (!result.TryAdd(id(item), item))
            {
                throw new BadInputException($"{path}: {list}[{number}] has the id {id(item)} of another one. Each needs an id of its own.");
            }
        }

        return result;
    }

    private static string Name(CocoCategory category, string path) => !string.IsNullOrWhiteSpace(category.Name)
        ? category.Name
        : throw new BadInputException($"{path}: the category {category.Id} has no name.");

    private static Dictionary<long, List<ImageBox>> Boxes(IReadOnlyList<CocoAnnotation> annotations, Dictionary<long, int> categories, string path)
    {
        var boxes = new Dictionary<long, List<ImageBox>>();
        foreach (var (number, annotation) in annotations.Index())
        {
            if (annotation.Bbox is not [var left, var top, var width, var height] || !annotation.Bbox.All(double.IsFinite) || width < 0 || height < 0)
            {
                throw new BadInputException($"{path}: annotations[{number}] has no bbox of four numbers: left, top, width and height in pixels, the last two not negative.");
            }

            if (!categories.TryGetValue(annotation.CategoryId, out var category))
            {
                throw new BadInputException($"{path}: annotations[{number}] is of the category {annotation.CategoryId}, which is not among the categories of the file.");
            }

            if (!boxes.TryGetValue(annotation.ImageId, out var ofImage))
            {
                boxes[annotation.ImageId] = ofImage = [];
            }

            if (ofImage.Count == ImageRows.MostBoxes)
            {
                throw new BadInputException($"{path}: annotations[{number}] is one too many: a picture has at most {ImageRows.MostBoxes:N0} boxes.");
            }

            ofImage.Add(new(left, top, width, height, category, annotation.Iscrowd != 0));
        }

        return boxes;
    }

    private static List<ImageSample> Samples(IReadOnlyList<CocoImage> images, Dictionary<long, List<ImageBox>> boxes, ImageStore store, string path, SkippedLog skipped)
    {
        List<ImageSample> samples = [];
        foreach (var image in images)
        {
            try
            {
                samples.Add(new(Find(image, store, path)) { Boxes = boxes.GetValueOrDefault(image.Id) ?? [] });
            }
            catch (BadImageException error)
            {
                skipped.Add(error);
            }
        }

        return samples;
    }

    private static ImageSource Find(CocoImage image, ImageStore store, string path)
    {
        var place = $"{path}: the picture {image.Id}";
        var (source, header) = store.Find(image.FileName ?? throw new BadInputException($"{place} has no file_name."), place);
        // Boxes of a picture that was resized since, or is another one, would teach nonsense. A turned picture has its sides swapped.
        var (height, width) = (image.Height ?? header.Height, image.Width ?? header.Width);
        return (height, width) == (header.Height, header.Width) || (width, height) == (header.Height, header.Width)
            ? source
            : throw new BadInputException($"{place} is said to have {width} × {height} pixels, and {source.Name} has {header.Width} × {header.Height}, so that its boxes do not fit. Take the pictures that the boxes were drawn on.");
    }
}
