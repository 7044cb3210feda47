namespace Plinth.Data.Vision;

/// <summary>What each class of the reference does where its file says nothing.</summary>
/// <param name="Defaults">Values of a file without fields.</param>
/// <param name="Multiple">Both sides are multiples of this after resizing by edges.</param>
internal sealed record ImageProcessorKind(ImageProcessorConfig Defaults, int Multiple = 1)
{
    /// <summary>Whether one number as size is the length of the shorter side, not of both.</summary>
    public bool HasEdges => Defaults.Size is not ExactSize;

    /// <summary>Whether the longer side may be bounded.</summary>
    public bool HasBounds => Defaults.Size is BoundedEdge;
}

/// <summary>The classes of image processors that are read, by name.</summary>
internal static class ImageProcessorKinds
{
    private static readonly string[] Endings = ["ImageProcessorFast", "ImageProcessor", "FeatureExtractor"];
    private static readonly ChannelValues ClipMean = new(0.48145466, 0.4578275, 0.40821073), ClipStd = new(0.26862954, 0.26130258, 0.27577711);
    private static readonly ChannelValues ImageNetMean = new(0.485, 0.456, 0.406), ImageNetStd = new(0.229, 0.224, 0.225);

    private static readonly Dictionary<string, ImageProcessorKind> Known = new(StringComparer.Ordinal)
    {
        ["ViT"] = new(Exact(224, ResampleFilter.Bilinear)),
        ["DeiT"] = new(Exact(256, ResampleFilter.Bicubic) with { DoCenterCrop = true }),
        ["Beit"] = new(Exact(256, ResampleFilter.Bicubic) with { DoCenterCrop = true }),
        ["Siglip"] = new(Exact(224, ResampleFilter.Bicubic)),
        ["Blip"] = new(Exact(384, ResampleFilter.Bicubic) with { ImageMean = ClipMean, ImageStd = ClipStd }),
        ["Segformer"] = new(Exact(512, ResampleFilter.Bilinear) with { ImageMean = ImageNetMean, ImageStd = ImageNetStd }),
        ["CLIP"] = new(Clip()),
        ["Bit"] = new(Clip()),
        ["ConvNext"] = new(Exact(0, ResampleFilter.Bilinear) with { Size = new ShortestEdge(384), CropPct = 224.0 / 256 }),
        ["Yolos"] = new(Detection(), 16),
        ["Detr"] = new(Detection()),
    };

    // Old files name no class; the architecture beside them then does.
    private static readonly Dictionary<string, string> OfModels = new(StringComparer.Ordinal)
    {
        ["vit"] = "ViT", ["vit_mae"] = "ViT", ["swin"] = "ViT", ["dinov2"] = "Bit", ["deit"] = "DeiT", ["beit"] = "Beit", ["clip"] = "CLIP", ["convnext"] = "ConvNext",
        ["convnextv2"] = "ConvNext", ["siglip"] = "Siglip", ["blip"] = "Blip", ["segformer"] = "Segformer", ["yolos"] = "Yolos", ["detr"] = "Detr", ["bit"] = "Bit",
    };

    /// <summary>Names of the classes, for messages.</summary>
    public static string Names => string.Join(", ", Known.Keys.Order(StringComparer.Ordinal).Select(name => name + "ImageProcessor"));

    /// <summary>The class of a name, with or without <c>Fast</c> or as the older <c>FeatureExtractor</c>; or null.</summary>
    public static ImageProcessorKind? Find(string type) => Endings
        .Where(ending => type.EndsWith(ending, StringComparison.Ordinal))
        .Select(ending => Known.GetValueOrDefault(type[..^ending.Length]))
        .FirstOrDefault(kind => kind is not null);

    /// <summary>The name of the class that an architecture uses, or null.</summary>
    public static string? TypeOf(string modelType) => OfModels.TryGetValue(modelType, out var kind) ? kind + "ImageProcessor" : null;

    private static ImageProcessorConfig Exact(int side, ResampleFilter filter) => new() { ImageProcessorType = "", Size = new ExactSize(side, side), Resample = filter };

    private static ImageProcessorConfig Clip() => new()
    {
        ImageProcessorType = "", Size = new ShortestEdge(224), Resample = ResampleFilter.Bicubic, DoCenterCrop = true, ImageMean = ClipMean, ImageStd = ClipStd,
    };

    private static ImageProcessorConfig Detection() => new()
    {
        ImageProcessorType = "", Size = new BoundedEdge(800, 1333), ImageMean = ImageNetMean, ImageStd = ImageNetStd, DoPad = true,
    };
}
