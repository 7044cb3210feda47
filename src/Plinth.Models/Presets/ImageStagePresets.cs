using Plinth.Models.Vision.ConvNext;
using Plinth.Models.Vision.ResNet;
using Plinth.Models.Vision.Swin;

namespace Plinth.Models.Presets;

/// <summary>ResNet, ConvNeXt and Swin as published for the 1000 classes of ImageNet.</summary>
internal static class ImageStagePresets
{
    private const int ClassCount = 1000;
    private const string ResNet = "He et al. 2015, arXiv:1512.03385, table 1; the bottlenecks halve maps in their second convolution, as became usual";
    private const string ConvNext = "Liu et al. 2022, arXiv:2201.03545, section 3 and table 5";
    private const string Swin = "Liu et al. 2021, arXiv:2103.14030, sections 3.3 and A2.1";

    public static IEnumerable<ModelPreset> All =>
    [
        new("resnet-18", Residual("basic", 2, 2, 2, 2), "11.7M", ResNet),
        new("resnet-34", Residual("basic", 3, 4, 6, 3), "21.8M", ResNet),
        new("resnet-50", Residual("bottleneck", 3, 4, 6, 3), "25.6M", ResNet),
        new("resnet-101", Residual("bottleneck", 3, 4, 23, 3), "44.5M", ResNet),
        new("resnet-152", Residual("bottleneck", 3, 8, 36, 3), "60.2M", ResNet),
        new("convnext-tiny", Depthwise(96, 9, 0.1), "28.6M", ConvNext),
        new("convnext-small", Depthwise(96, 27, 0.4), "50.2M", ConvNext),
        new("convnext-base", Depthwise(128, 27, 0.5), "88.6M", ConvNext),
        new("convnext-large", Depthwise(192, 27, 0.5), "197.8M", ConvNext),
        new("swin-tiny", Windows(96, 6, 0.2), "28.3M", Swin),
        new("swin-small", Windows(96, 18, 0.3), "49.6M", Swin),
        new("swin-base", Windows(128, 18, 0.5), "87.8M", Swin),
    ];

    private static ResNetConfig Residual(string layers, params int[] depths) => VisionPresets.Labeled(new ResNetConfig
    {
        LayerType = layers,
        Depths = depths,
        HiddenSizes = layers == "basic" ? [64, 128, 256, 512] : [256, 512, 1024, 2048],
    }, ClassCount);

    private static ConvNextConfig Depthwise(int width, int third, double dropPath) => VisionPresets.Labeled(new ConvNextConfig
    {
        HiddenSizes = [width, 2 * width, 4 * width, 8 * width],
        Depths = [3, 3, third, 3],
        DropPathRate = dropPath,
    }, ClassCount);

    private static SwinConfig Windows(int width, int third, double dropPath) => VisionPresets.Labeled(new SwinConfig
    {
        EmbedDim = width,
        Depths = [2, 2, third, 2],
        NumHeads = [width / 32, width / 16, width / 8, width / 4],
        DropPathRate = dropPath,
    }, ClassCount);
}
