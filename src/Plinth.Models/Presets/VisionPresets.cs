using Plinth.Core;
using Plinth.Models.Vision.Clip;
using Plinth.Models.Vision.Dinov2;
using Plinth.Models.Vision.Siglip;
using Plinth.Models.Vision.Vit;

namespace Plinth.Models.Presets;

/// <summary>ViT with the 1,000 classes of ImageNet, DINOv2, CLIP, SigLIP, and a ViT for handwritten digits.</summary>
internal static class VisionPresets
{
    private const string Vit = "Dosovitskiy et al. 2020, arXiv:2010.11929", Small = "Touvron et al. 2020, arXiv:2012.12877; Steiner et al. 2021, arXiv:2106.10270";
    private const string Dino = "Oquab et al. 2023, arXiv:2304.07193", Clip = "Radford et al. 2021, arXiv:2103.00020, table 20", Siglip = "Zhai et al. 2023, arXiv:2303.15343";

    public static IEnumerable<ModelPreset> All =>
    [
        new("vit-mnist", Labeled(new VitConfig { ImageSize = new(28), PatchSize = 4, NumChannels = 1, HiddenSize = 128, NumHiddenLayers = 4, NumAttentionHeads = 4, IntermediateSize = 384 }, 10), "0.67M", "ours: digits in minutes on a processor"),
        new("vit-tiny-patch16-224", Form(16, 12, 192, 3), "5.7M", Small),
        new("vit-tiny-patch32-224", Form(32, 12, 192, 3), "", Small),
        new("vit-small-patch16-224", Form(16, 12, 384, 6), "22.1M", Small),
        new("vit-small-patch32-224", Form(32, 12, 384, 6), "22.9M", Small),
        new("vit-base-patch16-224", Form(16, 12, 768, 12), "86.6M", Vit),
        new("vit-base-patch32-224", Form(32, 12, 768, 12), "88.2M", Vit),
        new("vit-large-patch16-224", Form(16, 24, 1024, 16), "304M", Vit),
        new("vit-large-patch32-224", Form(32, 24, 1024, 16), "307M", Vit),
        new("dinov2-small", Dinov2(12, 384, 6), "22.1M", Dino),
        new("dinov2-base", Dinov2(12, 768, 12), "86.6M", Dino),
        new("dinov2-large", Dinov2(24, 1024, 16), "304M", Dino),
        new("clip-vit-base-patch32", Pair(32, 12, 768, 12, 512, 8, 512), "151M", Clip),
        new("clip-vit-base-patch16", Pair(16, 12, 768, 12, 512, 8, 512), "150M", Clip),
        new("clip-vit-large-patch14", Pair(14, 24, 1024, 16, 768, 12, 768), "428M", Clip),
        new("siglip-base-patch16-224", new SiglipConfig(), "203M", Siglip + "; the model card on the hub"),
    ];

    private static VitConfig Form(int patch, int layers, int width, int heads) => Labeled(
        new VitConfig { PatchSize = patch, NumHiddenLayers = layers, HiddenSize = width, NumAttentionHeads = heads, IntermediateSize = 4 * width, LayerNormEps = 1e-6 }, 1000);

    /// <summary>A config with so many classes, unnamed.</summary>
    internal static TConfig Labeled<TConfig>(TConfig config, int classes) where TConfig : ModelConfig =>
        (TConfig)config.WithLabels([.. Enumerable.Range(0, classes).Select(i => $"LABEL_{i}")]);

    private static Dinov2Config Dinov2(int layers, int width, int heads) =>
        new() { ImageSize = new(518), NumHiddenLayers = layers, HiddenSize = width, NumAttentionHeads = heads };

    private static ClipConfig Pair(int patch, int layers, int width, int heads, int textWidth, int textHeads, int common) => new()
    {
        ProjectionDim = common,
        TextConfig = new() { HiddenSize = textWidth, NumAttentionHeads = textHeads, IntermediateSize = 4 * textWidth },
        VisionConfig = new() { PatchSize = patch, NumHiddenLayers = layers, HiddenSize = width, NumAttentionHeads = heads, IntermediateSize = 4 * width },
    };
}
