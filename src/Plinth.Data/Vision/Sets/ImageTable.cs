using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>
/// Pictures that a table names or holds: <c>.csv</c>, <c>.tsv</c>, <c>.jsonl</c>, each also as <c>.gz</c>, or <c>.parquet</c>. A table may also
/// stand in a zip archive: <c>captions.zip/en.tsv</c>.
/// </summary>
public static class ImageTable
{
    /// <summary>
    /// Reads the rows; pictures that are named are decoded when they are asked for. Where nothing but texts is read, the rows of one picture
    /// are one sample with all of them.
    /// </summary>
    /// <param name="path">The table.</param>
    /// <param name="columns">Which column is what.</param>
    /// <param name="images">The folder or zip archive in which named pictures lie; the table's own folder when left out.</param>
    /// <param name="options">Limits and rules; the plain case when left out.</param>
    /// <exception cref="BadInputException">The table is missing or malformed, a path leads out of the folder, or no picture is left. Rows whose picture cannot be read are counted instead.</exception>
    public static ImageSet Read(string path, ImageColumns? columns = null, string? images = null, ImageSetOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        (columns, options) = (columns ?? new(), options ?? new());
        using var source = ZippedTable.Find(path) is { } zipped ? zipped.Open(options) : RowFiles.Open(path, options.Rows);
        var folder = images ?? Path.GetDirectoryName(Path.GetFullPath(path))!;
        var reader = new ImageRows(columns, new(() => ImageStore.Open(folder, options)), options);
        var skipped = new SkippedLog();
        List<RawImage> raw = [];
        foreach (var row in source.Rows())
        {
            try
            {
                raw.Add(reader.Read(row));
            }
            catch (BadImageException error)
            {
                skipped.Add(error);
            }

            if (raw.Count > options.MaxFiles)
            {
                throw new BadInputException($"{path} names more than {options.MaxFiles:N0} pictures. Split it, or raise ImageSetOptions.MaxFiles.");
            }
        }

        var set = raw.Count > 0 ? Numbered(raw, options, skipped) : throw skipped.NothingLeft(path);
        return columns.AreTextsAlone ? set with { Samples = Joined(set.Samples) } : set;
    }

    /// <summary>One sample for each picture, with the captions and questions of all that have its name, each once; the first says everything else.</summary>
    /// <param name="samples">In any order; that of the first ones stays.</param>
    public static IReadOnlyList<ImageSample> Joined(IEnumerable<ImageSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        return [.. samples.GroupBy(sample => sample.Image.Name, StringComparer.Ordinal).Select(same => same.First() with
        {
            Captions = [.. same.SelectMany(sample => sample.Captions).Distinct(StringComparer.Ordinal)],
            Questions = [.. same.SelectMany(sample => sample.Questions)],
        })];
    }

    private static ImageSet Numbered(List<RawImage> raw, ImageSetOptions options, SkippedLog skipped)
    {
        var classes = new ClassNames(options.LabelNames ?? ClassNames.Sorted(raw.SelectMany(image => (image.Label is { } label ? [label] : (IEnumerable<string>)[]).Concat(image.LabelSet ?? []))));
        var categories = new ClassNames(options.CategoryNames ?? ClassNames.Sorted(raw.SelectMany(image => image.Categories ?? [])));
        return new(
            [
                .. raw.Select(image => image.Sample with
                {
                    Label = image.Label is { } label ? classes.Number(label, image.Place) : null,
                    LabelSet = image.LabelSet?.Select(name => classes.Number(name, image.Place)).ToArray(),
                    Boxes = image.Sample.Boxes?.Select((box, i) => box with { Category = categories.Number(image.Categories![i], image.Place) }).ToArray(),
                }),
            ],
            classes.Names, skipped.Close())
        {
            CategoryNames = categories.Names,
        };
    }
}
