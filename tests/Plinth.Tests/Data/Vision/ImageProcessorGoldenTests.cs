using System.Text.Json.Nodes;
using Plinth.Core.Checkpoints;
using Plinth.Core.Native;
using Plinth.Data.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Data.Vision;

/// <summary>The processors give the values of the reference's processors, and resized pictures its bytes.</summary>
public sealed class ImageProcessorGoldenTests
{
    private const double Tolerance = 1e-6;
    private const string Case = "num-image-processing";

    private static string Expected => Path.Combine(Fixtures.Folder(Case), "expected.safetensors");

    private static JsonObject Meta => JsonNode.Parse(File.ReadAllText(Path.Combine(Fixtures.Folder(Case), "meta.json")))!.AsObject();

    private static string[] Entries()
    {
        using var file = SafetensorsFile.Open(Expected);
        return [.. file.Entries.Keys.Order(StringComparer.Ordinal)];
    }

    public static TheoryData<string> Processors => [.. Meta["processors"]!.AsObject().Select(entry => entry.Key)];

    public static TheoryData<string> Resized => [.. Entries().Where(name => name.StartsWith("pil.", StringComparison.Ordinal))];

    public static TheoryData<string> Interpolated => [.. Entries().Where(name => name.StartsWith("torch.", StringComparison.Ordinal) && name != "torch.input")];

    [Fact]
    public void Every_entry_of_the_reference_is_compared()
    {
        string[] compared =
        [
            "image0", "image1", "torch.input", .. Processors.Select(row => row.Data).SelectMany(name => new[] { name + ".0", name + ".1" }),
            .. Resized.Select(row => row.Data), .. Interpolated.Select(row => row.Data),
        ];

        Assert.Equal(Entries(), compared.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Processors))]
    public void A_processor_gives_the_values_of_the_reference(string name)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Expected);
        var processor = ImageProcessor.Read((JsonObject)Meta["processors"]![name]!.DeepClone());
        for (var i = 0; i < 2; i++)
        {
            var expected = file.Read($"{name}.{i}");

            var values = processor.Process(ImageFixtures.Image(Expected, $"image{i}"));

            Assert.Equal([PixelPlanes.Channels, values.Height, values.Width], expected.shape.Select(side => (int)side));
            Assert.InRange(expected.data<float>().Zip(values.Values, (a, b) => Math.Abs(a - b)).Max(), 0, Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Resized))]
    public void A_resized_picture_has_the_bytes_of_the_reference(string name)
    {
        var expected = ImageFixtures.Image(Expected, name);
        var filter = Enum.Parse<ResampleFilter>(name.Split('.')[1], ignoreCase: true);

        var resized = ImageResizer.Resize(ImageFixtures.Image(Expected, "image0"), expected.Height, expected.Width, filter);

        Assert.Equal(expected.Pixels, resized.Pixels);
    }

    [Theory]
    [MemberData(nameof(Interpolated))]
    public void Feature_maps_are_interpolated_as_the_reference_does(string name)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Expected);
        var (input, expected) = (file.Read("torch.input"), file.Read(name));

        var resized = name.Split('.')[1] switch
        {
            "bilinear" => nn.functional.interpolate(input, expected.shape[2..], mode: InterpolationMode.Bilinear, align_corners: false),
            "bilinear_ac" => nn.functional.interpolate(input, expected.shape[2..], mode: InterpolationMode.Bilinear, align_corners: true),
            "bicubic" => nn.functional.interpolate(input, expected.shape[2..], mode: InterpolationMode.Bicubic, align_corners: false),
            "nearest" => nn.functional.interpolate(input, expected.shape[2..], mode: InterpolationMode.Nearest),
            "bilinear_aa" => Smoothed(input, expected.shape[2..]),
            var other => throw new InvalidOperationException(other),
        };

        Assert.InRange((resized - expected).abs().max().ToDouble(), 0, 1e-5);
    }

    // TorchSharp has no method for the antialiased form.
    private static Tensor Smoothed(Tensor input, long[] size)
    {
        var call = new AtenCall();
        call.Push(input).Push(size.AsSpan()).Push(false).PushNone().PushNone().Invoke("aten::_upsample_bilinear2d_aa");
        return call.Result();
    }
}
