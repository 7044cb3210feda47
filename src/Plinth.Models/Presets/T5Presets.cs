using Plinth.Models.Text.T5;

namespace Plinth.Models.Presets;

/// <summary>T5 in its five sizes, and version 1.1 with gated networks and logits of their own.</summary>
internal static class T5Presets
{
    private const string First = "Raffel et al. 2019, arXiv:1910.10683, section 3.7";
    private const string Second = "version 1.1, github.com/google-research/text-to-text-transfer-transformer; sizes of its configs on the hub";

    public static IEnumerable<ModelPreset> All =>
    [
        new("t5-small", Form(6, 512, 8, 64, 2_048), "60M", First),
        new("t5-base", Form(12, 768, 12, 64, 3_072), "220M", First),
        new("t5-large", Form(24, 1_024, 16, 64, 4_096), "770M", First),
        new("t5-3b", Form(24, 1_024, 32, 128, 16_384), "2.8B", First),
        new("t5-11b", Form(24, 1_024, 128, 128, 65_536), "11B", First),
        new("t5-v1.1-small", Gated(8, 512, 6, 1_024), "", Second),
        new("t5-v1.1-base", Gated(12, 768, 12, 2_048), "", Second),
        new("t5-v1.1-large", Gated(24, 1_024, 16, 2_816), "", Second),
        new("t5-v1.1-xl", Gated(24, 2_048, 32, 5_120), "", Second),
        new("t5-v1.1-xxl", Gated(24, 4_096, 64, 10_240), "", Second),
    ];

    private static T5Config Form(int layers, int width, int heads, int headSize, int inner) => new()
    {
        VocabSize = 32_128,
        NumLayers = layers,
        NumDecoderLayers = layers,
        DModel = width,
        NumHeads = heads,
        DKv = headSize,
        DFf = inner,
        DecoderStartTokenId = 0,
    };

    private static T5Config Gated(int layers, int width, int heads, int inner) =>
        Form(layers, width, heads, 64, inner) with { FeedForwardProj = "gated-gelu", TieWordEmbeddings = false };
}
