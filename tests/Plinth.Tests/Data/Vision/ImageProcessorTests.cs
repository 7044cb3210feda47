using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Vision;
using TorchSharp;

namespace Plinth.Tests.Data.Vision;

/// <summary>Every form of the file that checkpoints have is read, written back unchanged, or refused by the name of the field.</summary>
public sealed class ImageProcessorTests
{
    private static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();

    private static ImageProcessor Read(string text, string? modelType = null) => ImageProcessor.Read(Json(text), modelType: modelType);

    // What each form of the file makes of a picture of 300 rows and 500 columns.
    public static TheoryData<string, int, int> Forms => new()
    {
        { """{"image_processor_type":"ViTImageProcessor"}""", 224, 224 },
        { """{"feature_extractor_type":"ViTFeatureExtractor","do_normalize":true,"do_resize":true,"image_mean":[0.5,0.5,0.5],"image_std":[0.5,0.5,0.5],"resample":2,"size":384}""", 384, 384 },
        { """{"image_processor_type":"ViTImageProcessorFast","size":{"height":32,"width":64},"crop_size":null,"do_center_crop":null,"data_format":"channels_first","device":null,"return_tensors":null,"default_to_square":true}""", 32, 64 },
        { """{"image_processor_type":"CLIPImageProcessor"}""", 224, 224 },
        { """{"feature_extractor_type":"CLIPFeatureExtractor","crop_size":336,"do_center_crop":true,"do_normalize":true,"do_resize":true,"image_mean":[0.48,0.46,0.41],"image_std":[0.27,0.26,0.28],"resample":3,"size":336}""", 336, 336 },
        { """{"image_processor_type":"CLIPImageProcessor","do_center_crop":false,"size":{"shortest_edge":100}}""", 100, 166 },
        { """{"image_processor_type":"BitImageProcessor","crop_size":{"height":224,"width":224},"size":{"shortest_edge":256},"image_mean":[0.485,0.456,0.406],"image_std":[0.229,0.224,0.225],"do_convert_rgb":true,"resample":3}""", 224, 224 },
        { """{"image_processor_type":"ConvNextImageProcessor","crop_pct":0.875,"size":{"shortest_edge":224}}""", 224, 224 },
        { """{"feature_extractor_type":"ConvNextFeatureExtractor","crop_pct":0.95,"size":384,"resample":3}""", 384, 384 },
        { """{"image_processor_type":"SiglipImageProcessor","size":{"height":256,"width":256},"resample":3,"processor_class":"SiglipProcessor"}""", 256, 256 },
        { """{"image_processor_type":"DeiTImageProcessor"}""", 224, 224 },
        { """{"image_processor_type":"YolosImageProcessor","size":{"shortest_edge":512,"longest_edge":864},"format":"coco_detection"}""", 512, 848 },
        { """{"feature_extractor_type":"YolosFeatureExtractor","size":512,"max_size":600}""", 352, 592 },
        { """{"image_processor_type":"DetrImageProcessor"}""", 800, 1333 },
        { """{"image_processor_type":"DetrImageProcessor","size":{"height":100,"width":90}}""", 100, 90 },
        { """{"image_processor_type":"ViTImageProcessor","do_resize":false}""", 300, 500 },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_form_is_read_gives_its_size_and_is_written_back_unchanged(string text, int height, int width)
    {
        var processor = Read(text);

        Assert.Equal(new(height, width), processor.SizeOf(300, 500));
        var values = processor.Process(new RgbImage(300, 500, new RgbColor(10, 20, 30)));
        Assert.Equal((height, width), (values.Height, values.Width));
        Assert.True(JsonNode.DeepEquals(Json(text), processor.ToJson()));
    }

    [Theory]
    [InlineData("""{"image_processor_type":"DonutImageProcessor"}""", "DonutImageProcessor")]
    [InlineData("""{"size":224}""", "image_processor_type")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","do_flip_channel_order":true}""", "do_flip_channel_order")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","do_center_crop":true}""", "do_center_crop")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","ensure_multiple_of":32}""", "ensure_multiple_of")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","do_pad":true}""", "do_pad")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","size":{"longest_edge":32}}""", "size")]
    [InlineData("""{"image_processor_type":"CLIPImageProcessor","size":{"shortest_edge":32,"longest_edge":64}}""", "size")]
    [InlineData("""{"image_processor_type":"ConvNextImageProcessor","size":{"height":32,"width":32}}""", "size")]
    [InlineData("""{"image_processor_type":"ConvNextImageProcessor","crop_pct":1.5}""", "crop_pct")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","size":100000}""", "size")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","size":0}""", "size")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","resample":7}""", "resample")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","resample":"bicubic"}""", "resample")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","image_mean":[0.5]}""", "image_mean")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","image_std":[0.5,0,0.5]}""", "image_std")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","background":[255,255]}""", "background")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","background":[255,255,255,0]}""", "background")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","background":[255,256,255]}""", "background")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","background":"white"}""", "background")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","rescale_factor":"1/255"}""", "rescale_factor")]
    [InlineData("""{"image_processor_type":"ViTImageProcessor","do_resize":1}""", "do_resize")]
    public void What_is_unknown_or_malformed_is_refused_by_its_name(string text, string named) =>
        Assert.Contains(named, Assert.Throws<CheckpointException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_old_file_without_a_class_takes_that_of_the_architecture()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Path("config.json"), """{"model_type":"clip"}""");
        File.WriteAllText(folder.Path(ImageProcessor.FileName), """{"size":30,"crop_size":20}""");

        var processor = ImageProcessor.Load(folder.Root);
        var saved = Directory.CreateDirectory(folder.Path("saved")).FullName;
        processor.Save(saved);

        Assert.Equal("CLIPImageProcessor", processor.Config.ImageProcessorType);
        Assert.Equal(new(20, 20), processor.SizeOf(300, 500));
        Assert.True(JsonNode.DeepEquals(Json("""{"size":30,"crop_size":20}"""), Checkpoint.ReadJson(Path.Combine(saved, ImageProcessor.FileName))));
    }

    [Fact]
    public void A_changed_field_is_written_and_the_others_keep_their_form()
    {
        var read = Read("""{"feature_extractor_type":"ViTFeatureExtractor","size":384,"image_mean":0.5,"note":null}""");

        var json = new ImageProcessor(read.Config with { Size = new ExactSize(64, 96), DoNormalize = false }).ToJson();

        Assert.True(JsonNode.DeepEquals(Json("""{"feature_extractor_type":"ViTFeatureExtractor","size":{"height":64,"width":96},"image_mean":0.5,"note":null,"do_normalize":false}"""), json));
        Assert.Equal(new(64, 96), ImageProcessor.Read(json).SizeOf(10, 10));
    }

    [Fact]
    public void A_new_processor_is_written_so_that_it_is_read_as_the_same()
    {
        var config = new ImageProcessorConfig { ImageProcessorType = "CLIPImageProcessor", Size = new ShortestEdge(40), DoCenterCrop = true, CropSize = new(32, 30), Resample = ResampleFilter.Lanczos, Background = new(1, 2, 3) };

        var json = new ImageProcessor(config).ToJson();
        var again = ImageProcessor.Read(json).Config;

        Assert.Equal((config.Size, config.CropSize, config.Resample, true), (again.Size, again.CropSize, again.Resample, again.DoCenterCrop));
        Assert.Equal(config.Background, again.Background);
        Assert.Equal((config.ImageMean, config.ImageStd, config.RescaleFactor, false), (again.ImageMean, again.ImageStd, again.RescaleFactor, again.DoPad));
        Assert.True(JsonNode.DeepEquals(json, new ImageProcessor(again).ToJson()));
    }

    [Fact]
    public void A_bounded_batch_is_padded_below_and_to_the_right_and_its_mask_says_where()
    {
        var processor = Read("""{"image_processor_type":"YolosImageProcessor","size":{"shortest_edge":32,"longest_edge":64},"do_normalize":false}""");
        var white = new RgbImage(32, 64, RgbColor.White);

        var batch = processor.Process([white, new RgbImage(64, 32, RgbColor.White)]);

        using var scope = torch.NewDisposeScope();
        Assert.Equal((64, 64), (batch.Height, batch.Width));
        Assert.Equal([2, 3, 64, 64], batch.Pixels().shape);
        var mask = batch.Mask()!;
        Assert.Equal(2 * 32 * 64, mask.sum().ToInt64());
        Assert.Equal(1, mask[0, 31, 63].ToInt64());
        Assert.Equal(0, mask[0, 32, 0].ToInt64());
        Assert.Equal(1, mask[1, 63, 31].ToInt64());
        Assert.Equal(0, batch.Image(0)[(32 * 64) + 5]);
        Assert.Equal(1, batch.Image(1)[(2 * 64 * 64) + (63 * 64) + 31], 1e-6);
        Assert.Null(processor.Process([white]).Mask());
    }

    [Fact]
    public void Pictures_of_several_sizes_are_refused_where_nothing_pads_and_a_line_that_would_fill_memory_too()
    {
        var processor = Read("""{"image_processor_type":"CLIPImageProcessor","size":{"shortest_edge":64},"do_center_crop":false}""");
        Assert.Contains("does not pad", Assert.Throws<PlinthException>(() => processor.Process([new RgbImage(8, 8), new RgbImage(8, 16)])).Message, StringComparison.Ordinal);
        Assert.Equal(ImageFault.TooLarge, Assert.Throws<BadImageException>(() => processor.Process(new RgbImage(1, 30_000))).Fault);
    }

    [Fact]
    public void A_cut_larger_than_the_picture_is_filled_with_black()
    {
        var piece = ImageCrop.Center(new RgbImage(3, 8, RgbColor.White), 6, 5);

        Assert.Equal([0, 0, 255, 255, 255, 0], Enumerable.Range(0, 6).Select(y => (int)piece[y, 2].Red));
        Assert.Equal((6, 5), (piece.Height, piece.Width));
    }
}
