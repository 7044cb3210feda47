using Plinth.Core;
using Plinth.Data.Vision;
using Plinth.Recipes.Pipelines;

namespace Plinth.Recipes.Reports;

/// <summary>Pictures with their answers on one page: thumbnails with boxes drawn in, and the lines that people see. Only the thumbnails are held.</summary>
/// <param name="task">What was asked.</param>
/// <param name="top">Of lists that are sorted by score, how many are shown.</param>
public sealed class ContactSheet(string task, int top = 3)
{
    /// <summary>Most pictures on a page; what follows is only counted.</summary>
    public const int Limit = 500;

    private const int Side = 240, Quality = 80, MostBoxes = 50;
    private static readonly RgbColor[] colors = [new(230, 60, 60), new(40, 140, 230), new(40, 170, 90), new(240, 160, 30), new(160, 80, 210)];
    private readonly List<ReportPicture> pictures = [];
    private int leftOut;

    /// <summary>Takes one picture with its answer; pictures beyond <see cref="Limit"/> are counted.</summary>
    /// <exception cref="BadInputException">The picture cannot be read.</exception>
    public void Add(ImageSample sample, Answer answer)
    {
        ArgumentNullException.ThrowIfNull(sample);
        // A picture that is only counted is not decoded.
        if (!IsCounted())
        {
            Add(sample.Image.Load(), Path.GetFileName(sample.Image.Name), [.. AnswerLines.Of(answer, answer is BoxAnswer ? Math.Max(top, 10) : top)], (answer as BoxAnswer)?.Boxes);
        }
    }

    /// <summary>Takes one picture with lines of its own; pictures beyond <see cref="Limit"/> are counted.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="name">Its name.</param>
    /// <param name="lines">What stands below it.</param>
    /// <param name="boxes">What is drawn into it, or null.</param>
    public void Add(RgbImage image, string name, IReadOnlyList<string> lines, IReadOnlyList<FoundBox>? boxes = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (IsCounted())
        {
            return;
        }

        var scale = Math.Min(1, (double)Side / Math.Max(image.Height, image.Width));
        var (height, width) = (Math.Max(1, (int)(image.Height * scale)), Math.Max(1, (int)(image.Width * scale)));
        // A copy, because boxes are drawn into it and the source may keep its picture.
        var small = new RgbImage(height, width, [.. ImageResizer.Resize(image, height, width, ResampleFilter.Bilinear).Pixels]);
        if (boxes is not null)
        {
            Draw(small, boxes, scale);
        }

        pictures.Add(new(ImageEncoder.Jpeg(small, Quality), width, height, name, lines));
    }

    /// <summary>The page.</summary>
    public ReportModel Report() => ReportModel.Now($"{task}: {pictures.Count + leftOut} pictures", [Section("Pictures")]);

    /// <summary>The pictures as a part of a larger page.</summary>
    /// <param name="heading">Its heading.</param>
    /// <param name="text">What stands above the pictures, or null.</param>
    public ReportSection Section(string heading, string? text = null) => new(heading,
    [
        .. text is null ? (ReportBlock[])[] : [new ReportParagraph(text)],
        new ReportPictures(pictures),
        .. leftOut > 0 ? (ReportBlock[])[new ReportParagraph($"{leftOut} further pictures are not shown.")] : [],
    ]);

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <exception cref="PlinthException">The file cannot be written.</exception>
    public void Write(string path) => HtmlReport.Write(path, Report());

    private bool IsCounted()
    {
        var isFull = pictures.Count >= Limit;
        leftOut += isFull ? 1 : 0;
        return isFull;
    }

    private static void Draw(RgbImage image, IReadOnlyList<FoundBox> boxes, double scale)
    {
        var classes = boxes.Select(box => box.Label).Distinct().ToList();
        foreach (var box in boxes.Take(MostBoxes).Reverse())
        {
            int Place(double value, int size) => (int)Math.Clamp(value * scale, 0, size - 1);
            var (left, top) = (Place(box.Left, image.Width), Place(box.Top, image.Height));
            var (right, bottom) = (Place(box.Left + box.Width, image.Width), Place(box.Top + box.Height, image.Height));
            Outline(image, left, top, right, bottom, colors[classes.IndexOf(box.Label) % colors.Length]);
        }
    }

    private static void Outline(RgbImage image, int left, int top, int right, int bottom, RgbColor color)
    {
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                if (y - top < 2 || bottom - y < 2 || x - left < 2 || right - x < 2)
                {
                    var pixel = image.Row(y).Slice(x * RgbImage.Channels, RgbImage.Channels);
                    (pixel[0], pixel[1], pixel[2]) = (color.Red, color.Green, color.Blue);
                }
            }
        }
    }
}
