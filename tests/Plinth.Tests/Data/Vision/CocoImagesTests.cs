using System.IO.Compression;
using System.Text;
using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tests.Data.Vision;

/// <summary>Boxes in COCO's JSON: what is read, what is left out and counted, what is refused with its place.</summary>
public sealed class CocoImagesTests : IDisposable
{
    private const string Pictures = """[{"id": 30, "file_name": "b/two.png", "width": 19, "height": 13, "license": 4}, {"id": 9, "file_name": "one.png"}]""";
    private const string Categories = """[{"id": 18, "name": "dog", "supercategory": "animal"}, {"id": 3, "name": "car"}]""";
    private const string Boxes = """
        [{"id": 1, "image_id": 30, "category_id": 18, "bbox": [1, 2, 3.5, 4], "area": 14, "segmentation": [[1, 2, 3, 4]], "iscrowd": 0},
         {"id": 2, "image_id": 30, "category_id": 3, "bbox": [0, 0, 19, 13], "iscrowd": 1, "segmentation": {"counts": "abc", "size": [13, 19]}}]
        """;

    private readonly TemporaryFolder folder = new();

    public CocoImagesTests()
    {
        Directory.CreateDirectory(folder.Path("set", "b"));
        File.WriteAllBytes(folder.Path("set", "one.png"), ImageFixtures.Bytes("rgb.png"));
        File.WriteAllBytes(folder.Path("set", "b", "two.png"), ImageFixtures.Bytes("rgb.png"));
        File.WriteAllBytes(folder.Path("secret.png"), ImageFixtures.Bytes("rgb.png"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Boxes_are_read_with_their_classes_in_the_order_of_their_ids()
    {
        var set = ImageSets.Read(Write(Pictures, Categories, Boxes));

        Assert.Equal(["car", "dog"], set.CategoryNames);
        Assert.Equal(["two.png", "one.png"], set.Samples.Select(sample => Path.GetFileName(sample.Image.Name)));
        Assert.Equal([new ImageBox(1, 2, 3.5, 4, 1), new(0, 0, 19, 13, 0, IsCrowd: true)], set.Samples[0].Boxes!);
        // A picture that nobody found anything in is a sample too.
        Assert.Empty(set.Samples[1].Boxes!);
        Assert.Equal((13, 19), (set.Samples[0].Image.Load().Height, set.Samples[0].Image.Load().Width));
    }

    [Fact]
    public void A_packed_file_elsewhere_is_read_with_given_classes()
    {
        var path = folder.Path("boxes.json.gz");
        using (var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(Whole(Pictures, Categories, Boxes)));
        }

        var set = ImageSets.Read(path, images: folder.Path("set"), options: new() { CategoryNames = ["dog", "N/A", "N/A", "car"] });
        Assert.Equal([0, 3], set.Samples[0].Boxes!.Select(box => box.Category));
        Assert.Contains("no class 'dog'", Assert.Throws<BadInputException>(() => CocoImages.Read(path, folder.Path("set"), new() { CategoryNames = ["car"] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_that_are_missing_are_counted_and_some_must_be_left()
    {
        var some = CocoImages.Read(Write("""[{"id": 1, "file_name": "gone.png"}, {"id": 9, "file_name": "one.png"}]""", Categories, "[]"));
        Assert.Equal(1, some.Skipped.Reasons["Missing"]);
        Assert.Single(some.Samples);
        Assert.Contains("gone.png", Assert.Throws<BadInputException>(() => CocoImages.Read(Write("""[{"id": 1, "file_name": "gone.png"}]""", Categories, "[]"))).Message, StringComparison.Ordinal);
        Assert.Contains("more than 1", Assert.Throws<BadInputException>(() => CocoImages.Read(Write(Pictures, Categories, "[]"), options: new() { MaxFiles = 1 })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("annotations[0]", null, null, """[{"image_id": 30, "category_id": 3, "bbox": [1, 2, 3]}]""")]
    [InlineData("annotations[1]", null, null, """[{"image_id": 30, "category_id": 3, "bbox": [1, 2, 3, 4]}, {"image_id": 30, "category_id": 3, "bbox": [1, 2, -3, 4]}]""")]
    [InlineData("annotations[0]", null, null, """[{"image_id": 30, "category_id": 3, "bbox": [1, 2, 1e999, 4]}]""")]
    [InlineData("annotations[0]", null, null, """[{"image_id": 30, "category_id": 3, "caption": "a car"}]""")]
    [InlineData("category 4", null, null, """[{"image_id": 30, "category_id": 4, "bbox": [1, 2, 3, 4]}]""")]
    [InlineData("picture 31", null, null, """[{"image_id": 31, "category_id": 3, "bbox": [1, 2, 3, 4]}]""")]
    [InlineData("$.annotations[0].bbox[2]", null, null, """[{"image_id": 30, "category_id": 3, "bbox": [1, 2, "3", 4]}]""")]
    [InlineData("image_id", null, null, """[{"category_id": 3, "bbox": [1, 2, 3, 4]}]""")]
    [InlineData("is null", null, null, "[null]")]
    [InlineData("categories[1]", null, """[{"id": 3, "name": "car"}, {"id": 3, "name": "dog"}]""", null)]
    [InlineData("category 3 has no name", null, """[{"id": 3, "name": " "}]""", null)]
    [InlineData("categories", null, "null", null)]
    [InlineData("$.categories", null, """{"3": "car"}""", null)]
    [InlineData("images[1]", """[{"id": 30, "file_name": "one.png"}, {"id": 30, "file_name": "b/two.png"}]""", null, null)]
    [InlineData("no file_name", """[{"id": 30}]""", null, null)]
    [InlineData("$.images[0].id", """[{"id": 1e40, "file_name": "one.png"}]""", null, null)]
    [InlineData("leads out of", """[{"id": 30, "file_name": "../secret.png"}]""", null, null)]
    [InlineData("19 × 13", """[{"id": 30, "file_name": "one.png", "width": 640, "height": 480}]""", null, null)]
    [InlineData("$.images[0].file_name", "[{\"id\": 30, \"file_name\": \"\\ud800.png\"}]", null, null)]
    public void What_contradicts_itself_is_refused_with_its_place(string named, string? pictures, string? categories, string? boxes)
    {
        var path = Write(pictures ?? Pictures, categories ?? Categories, boxes ?? (pictures is null && categories is null ? Boxes : "[]"));
        var message = Assert.Throws<BadInputException>(() => CocoImages.Read(path)).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.Contains("set.json", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"images\": [")]
    [InlineData("{\"images\": [], \"images\": []}")]
    [InlineData("{\"data\": []}")]
    public void What_is_no_such_file_is_refused(string content)
    {
        File.WriteAllText(folder.Path("set", "set.json"), content);
        Assert.Contains("set.json", Assert.Throws<BadInputException>(() => CocoImages.Read(folder.Path("set", "set.json"))).Message, StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => CocoImages.Read(folder.Path("set", "nowhere.json")));
    }

    private string Write(string pictures, string categories, string boxes)
    {
        var path = folder.Path("set", "set.json");
        File.WriteAllText(path, Whole(pictures, categories, boxes));
        return path;
    }

    private static string Whole(string pictures, string categories, string boxes) =>
        $$"""{"info": {"year": 2026}, "images": {{pictures}}, "annotations": {{boxes}}, "categories": {{categories}}}""";
}
