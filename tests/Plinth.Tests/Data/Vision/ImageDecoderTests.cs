using Plinth.Core;
using Plinth.Data.Vision;

namespace Plinth.Tests.Data.Vision;

/// <summary>Every kind of file that is read gives the pixels that Pillow gives.</summary>
public sealed class ImageDecoderTests
{
    public static TheoryData<string> Names => [.. ImageFixtures.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_gives_the_pixels_of_the_reference(string name)
    {
        var expected = ImageFixtures.Expected(name);

        var image = ImageDecoder.Load(Path.Combine(ImageFixtures.Folder, name));

        Assert.Equal((expected.Height, expected.Width), (image.Height, image.Width));
        // CMYK is turned to red, green and blue by two roundings in one decoder and by one in the other.
        Assert.InRange(WorstDifference(expected, image), 0, name == "cmyk.jpg" ? 1 : 0);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_header_says_the_stored_size(string name)
    {
        var path = Path.Combine(ImageFixtures.Folder, name);
        var stored = ImageDecoder.Decode(File.ReadAllBytes(path), name, new() { AppliesOrientation = false });

        var header = ImageDecoder.Inspect(path);

        Assert.Equal((stored.Height, stored.Width), (header.Height, header.Width));
        Assert.Equal(Path.GetExtension(name).TrimStart('.').Replace("jpg", "jpeg", StringComparison.Ordinal), header.Format.ToString().ToLowerInvariant());
        Assert.Equal(name == "progressive.jpg", header.ScanCount > 1);
    }

    [Fact]
    public void Turned_pictures_of_one_scene_are_all_stored_alike_and_come_out_differently()
    {
        var plain = new ImageDecodingOptions { AppliesOrientation = false };
        RgbImage Read(int orientation, ImageDecodingOptions? options = null) => ImageDecoder.Decode(ImageFixtures.Bytes($"exif{orientation}.jpg"), "exif", options);

        Assert.All(Enumerable.Range(1, 8), o => Assert.Equal(Read(1).Pixels, Read(o, plain).Pixels));
        Assert.Equal(8, Enumerable.Range(1, 8).Select(o => ImageFixtures.Checksum(Read(o))).Distinct().Count());
        Assert.All([5, 6, 7, 8], o => Assert.Equal((Read(1).Width, Read(1).Height), (Read(o).Height, Read(o).Width)));
    }

    [Fact]
    public void Alpha_is_laid_over_a_colour_when_one_is_given()
    {
        var image = ImageDecoder.Decode(ImageFixtures.Bytes("rgba.png"), "rgba.png", new() { Background = RgbColor.White });

        Assert.InRange(WorstDifference(ImageFixtures.Expected("over-white/rgba.png"), image), 0, 1);
        Assert.Equal(RgbColor.White, image[0, 0]);
    }

    [Fact]
    public void A_source_takes_the_background_of_a_processor_unless_it_was_made_with_its_own()
    {
        var (bytes, green) = (ImageFixtures.Bytes("rgba.png"), new RgbColor(0, 255, 0));
        var processor = new ImageProcessor(new() { ImageProcessorType = "ViTImageProcessor", Background = RgbColor.White });

        Assert.Equal(ImageDecoder.Decode(bytes, "rgba.png", new() { Background = RgbColor.White }).Pixels, processor.Decode(new EncodedImage(bytes, "rgba.png")).Pixels);
        Assert.Equal(green, processor.Decode(new EncodedImage(bytes, "rgba.png", new() { Background = green }))[0, 0]);
        Assert.NotEqual(RgbColor.White, new EncodedImage(bytes, "rgba.png").Load()[0, 0]);
    }

    [Fact]
    public void The_content_decides_not_the_extension()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Path("photo.jpg");
        File.WriteAllBytes(path, ImageFixtures.Bytes("rgb.png"));

        Assert.Equal(ImageFormat.Png, ImageDecoder.Inspect(path).Format);
        Assert.Equal(ImageFixtures.Expected("rgb.png").Pixels, ImageDecoder.Load(path).Pixels);
    }

    [Fact]
    public void A_png_that_was_written_is_read_back_value_for_value_and_a_jpeg_nearly()
    {
        using var folder = new TemporaryFolder();
        var image = ImageFixtures.Scene();
        ImageEncoder.Save(folder.Path("a.png"), image);
        ImageEncoder.Save(folder.Path("a.jpg"), image);

        Assert.Equal(image.Pixels, ImageDecoder.Load(folder.Path("a.png")).Pixels);
        Assert.InRange(MeanDifference(image, ImageDecoder.Load(folder.Path("a.jpg"))), 0.01, 12);
        Assert.Throws<PlinthException>(() => ImageEncoder.Save(folder.Path("a.tiff"), image));
    }

    private static int WorstDifference(RgbImage a, RgbImage b) => a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Max();

    private static double MeanDifference(RgbImage a, RgbImage b) => a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Average();
}
