using System.Text.Json.Nodes;
using Plinth.Data.Vision;

namespace Plinth.Tests.Data.Vision;

/// <summary>Resized pictures hold the bytes that Pillow computes, each of them.</summary>
public sealed class ImageResizerTests
{
    [Fact]
    public void Any_size_filter_and_area_gives_the_bytes_of_the_reference()
    {
        var cases = JsonNode.Parse(File.ReadAllText(Path.Combine(ImageFixtures.Folder, "resize.json")))!["cases"]!.AsArray();
        Assert.Equal(240, cases.Count);
        foreach (var one in cases)
        {
            var image = ImageFixtures.Noise((int)one!["height"]!, (int)one["width"]!, (int)one["seed"]!);
            var box = one["box"]?.AsArray().Select(value => (float)value!).ToArray();
            ImageArea? area = box is null ? null : new(box[0], box[1], box[2], box[3]);

            var resized = ImageResizer.Resize(image, (int)one["toHeight"]!, (int)one["toWidth"]!, Enum.Parse<ResampleFilter>((string)one["filter"]!, ignoreCase: true), area);

            Assert.True((uint)(long)one["crc"]! == ImageFixtures.Checksum(resized), one.ToJsonString());
        }
    }

    [Fact]
    public void One_colour_stays_one_colour_under_every_filter()
    {
        var image = new Plinth.Core.RgbImage(17, 23, new Plinth.Core.RgbColor(200, 3, 255));
        foreach (var filter in Enum.GetValues<ResampleFilter>())
        {
            Assert.All(Enumerable.Range(0, 7 * 40), i => Assert.Equal(image[0, 0], ImageResizer.Resize(image, 7, 40, filter)[i / 40, i % 40]));
        }
    }

    [Fact]
    public void Areas_outside_the_picture_are_refused()
    {
        var image = ImageFixtures.Scene(8, 8);
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageResizer.Resize(image, 4, 4, ResampleFilter.Box, new(0, 0, 9, 8)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageResizer.Resize(image, 4, 4, ResampleFilter.Box, new(2, 2, 2, 8)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageResizer.Resize(image, 4, 4, ResampleFilter.Box, new(float.NaN, 0, 1, 8)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageResizer.Resize(image, 0, 4, ResampleFilter.Box));
    }
}
