using System.Globalization;
using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Data.Formats;
using Plinth.Data.Text;

namespace Plinth.Data.Vision;

/// <summary>A sample whose classes are names still.</summary>
internal sealed record RawImage(string Place, ImageSample Sample, string? Label, IReadOnlyList<string>? LabelSet, IReadOnlyList<string>? Categories);

/// <summary>Takes pictures and what is said of them out of rows.</summary>
internal sealed class ImageRows(ImageColumns columns, Lazy<ImageStore> store, ImageSetOptions options)
{
    /// <summary>Most boxes of one picture.</summary>
    public const int MostBoxes = 100_000;

    private long held;

    /// <exception cref="BadImageException">The picture cannot be read.</exception>
    /// <exception cref="BadInputException">Another field is missing or malformed.</exception>
    public RawImage Read(DataRow row)
    {
        try
        {
            return Parts(row);
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException)
        {
            throw new BadInputException($"{row.Place}: a field holds half of a surrogate pair, which is no text, or names a field of its own twice: {error.Message}", error);
        }
    }

    private RawImage Parts(DataRow row)
    {
        var fields = new SampleRow(row);
        var (boxes, categories) = columns.Boxes is { } b ? Boxes(row, b) : (null, null);
        var sample = new ImageSample(Image(row, fields, columns.Image))
        {
            Pair = columns.Pair is { } p ? Image(row, fields, p) : null,
            Value = columns.Value is { } v ? Number(fields.Word(v), row, v) : null,
            Captions = [.. columns.Captions is { } c ? Captions(row, fields, c) : [], .. columns.Keywords is { } k ? Keywords(row, fields, k) : []],
            Boxes = boxes,
            Questions = columns.Questions is { } q ? Questions(row, q) : [],
        };
        return new(row.Place, sample, columns.Label is { } l ? fields.Word(l) : null, columns.LabelSet is { } s ? fields.List(s, '|') : null, categories);
    }

    private ImageSource Image(DataRow row, SampleRow fields, string column) => row.Fields.TryGetPropertyValue(column, out var value) ? value switch
    {
        JsonObject record when Bytes(record["bytes"]) is { } bytes => Held(bytes, row.Place),
        JsonObject record when record["path"] is JsonValue path && path.TryGetValue<string>(out var name) => store.Value.Find(name + columns.Suffix, row.Place).Source,
        _ when Bytes(value) is { } bytes => Held(bytes, row.Place),
        _ => store.Value.Find(fields.Word(column) + columns.Suffix, row.Place).Source,
    } : store.Value.Find(fields.Word(column), row.Place).Source;

    private static byte[]? Bytes(JsonNode? value) => value is JsonValue plain && plain.TryGetValue<byte[]>(out var bytes) ? bytes : null;

    private EncodedImage Held(byte[] bytes, string place)
    {
        held += bytes.Length;
        if (held > options.MaxHeldBytes)
        {
            throw new BadInputException($"{place}: the pictures of this table have more than {options.MaxHeldBytes:N0} bytes, which all stay in memory. Write them into a folder, or raise ImageSetOptions.MaxHeldBytes.");
        }

        ImageBytes.CheckLength(bytes.Length, place, options.Decoding.Limits);
        _ = ImageHeaderReader.Read(bytes, place, options.Decoding.Limits);
        return new(bytes, place, options.Decoding);
    }

    private static IReadOnlyList<string> Captions(DataRow row, SampleRow fields, string column) =>
        row.IsText || row.Fields[column] is JsonArray ? fields.List(column, '|') : [fields.Text(column)];

    private static string[] Keywords(DataRow row, SampleRow fields, string column) =>
        string.Join(", ", Captions(row, fields, column).Where(word => word.Length > 0)) is { Length: > 0 } words ? [words] : [];

    private static (IReadOnlyList<ImageBox> Boxes, IReadOnlyList<string> Categories) Boxes(DataRow row, string column)
    {
        if (row.Fields[column] is not JsonObject record || record["bbox"] is not JsonArray boxes || (record["category"] ?? record["categories"]) is not JsonArray categories
            || boxes.Count != categories.Count || boxes.Count > MostBoxes)
        {
            throw Bad(row, column, $$"""is not of the form {"bbox": [[left, top, width, height], ...], "category": [name, ...]} with as many of both, at most {{MostBoxes:N0}}""");
        }

        return (
            [
                .. boxes.Select(box => box is JsonArray { Count: 4 } sides && sides.All(side => side is JsonValue number && number.TryGetValue<double>(out var at) && double.IsFinite(at))
                    && (double)sides[2]! >= 0 && (double)sides[3]! >= 0
                    ? new ImageBox((double)sides[0]!, (double)sides[1]!, (double)sides[2]!, (double)sides[3]!, 0)
                    : throw Bad(row, column, "holds a box that is not four numbers: left, top, width, height, the last two not negative")),
            ],
            [.. categories.Select(name => name is JsonValue value ? value.ToString() : throw Bad(row, column, "holds a category that is no name"))]);
    }

    private static IReadOnlyList<ImageQuestion> Questions(DataRow row, string column) => row.Fields[column] is JsonArray questions
        ? [.. questions.Select(question => Question(question) ?? throw Bad(row, column, """holds an item that is not of the form {"question": text, "answers": [text, ...]}"""))]
        : throw Bad(row, column, "is no list of questions");

    private static ImageQuestion? Question(JsonNode? question) =>
        question is JsonObject item && item["question"] is JsonValue text && text.TryGetValue<string>(out var asked) && item["answers"] is JsonArray { Count: > 0 } answers
        && answers.All(answer => answer is JsonValue value && value.TryGetValue<string>(out _))
            ? new(asked, [.. answers.Select(answer => answer!.GetValue<string>())])
            : null;

    private static double Number(string text, DataRow row, string column) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : throw Bad(row, column, $"is '{text}', not a number");

    private static BadInputException Bad(DataRow row, string column, string what) => new($"{row.Place}: '{column}' {what}.");
}
