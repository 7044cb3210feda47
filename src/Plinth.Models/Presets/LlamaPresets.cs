using System.Text.Json.Nodes;
using Plinth.Models.Text.Llama;

namespace Plinth.Models.Presets;

/// <summary>Llama's sizes, and the small ones of the TinyStories study in its form.</summary>
internal static class LlamaPresets
{
    private const string One = "Touvron et al. 2023, arXiv:2302.13971", Two = "Touvron et al. 2023, arXiv:2307.09288";
    private const string Three = "Grattafiori et al. 2024, arXiv:2407.21783", Stories = "github.com/karpathy/llama2.c";

    public static IEnumerable<ModelPreset> All =>
    [
        new("llama-7b", Form(32, 4096, 32, 32, 11_008), "6.7B", One),
        new("llama-13b", Form(40, 5120, 40, 40, 13_824), "13.0B", One),
        new("llama-33b", Form(60, 6656, 52, 52, 17_920), "32.5B", One),
        new("llama-65b", Form(80, 8192, 64, 64, 22_016), "65.2B", One),
        new("llama2-7b", Form(32, 4096, 32, 32, 11_008, length: 4096), "7B", Two),
        new("llama2-13b", Form(40, 5120, 40, 40, 13_824, length: 4096), "13B", Two),
        new("llama2-70b", Form(80, 8192, 64, 8, 28_672, length: 4096), "70B", Two),
        new("llama3-8b", ThirdForm(32, 4096, 32, 14_336), "8B", Three),
        new("llama3-70b", ThirdForm(80, 8192, 64, 28_672), "70B", Three),
        new("llama3.1-405b", Long(ThirdForm(126, 16_384, 128, 53_248), 8), "405B", Three),
        new("llama3.2-1b", Long(ThirdForm(16, 2048, 32, 8192) with { HeadDim = 64, TieWordEmbeddings = true }, 32), "1.23B", Three + "; Llama 3.2's model card"),
        new("llama3.2-3b", Long(ThirdForm(28, 3072, 24, 8192) with { HeadDim = 128, TieWordEmbeddings = true }, 32), "3.21B", Three + "; Llama 3.2's model card"),
        new("stories-15m", Story(6, 288, 6, 768, 256), "15M", Stories),
        new("stories-42m", Story(8, 512, 8, 1376, 1024), "42M", Stories),
        new("stories-110m", Story(12, 768, 12, 2048, 1024), "110M", Stories),
    ];

    private static LlamaConfig Form(int layers, int width, int heads, int keyHeads, int inner, int vocabulary = 32_000, int length = 2048) => new()
    {
        VocabSize = vocabulary,
        NumHiddenLayers = layers,
        HiddenSize = width,
        NumAttentionHeads = heads,
        NumKeyValueHeads = keyHeads,
        IntermediateSize = inner,
        MaxPositionEmbeddings = length,
        RmsNormEps = 1e-5,
        BosTokenId = 1,
        EosTokenId = 2,
    };

    private static LlamaConfig ThirdForm(int layers, int width, int heads, int inner) =>
        Form(layers, width, heads, 8, inner, 128_256, 8192) with { RopeTheta = 500_000, BosTokenId = 128_000, EosTokenId = 128_001 };

    private static LlamaConfig Long(LlamaConfig config, double factor) => config with
    {
        MaxPositionEmbeddings = 131_072,
        RopeScaling = new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = factor,
            ["low_freq_factor"] = 1.0,
            ["high_freq_factor"] = 4.0,
            ["original_max_position_embeddings"] = 8192.0,
        },
    };

    private static LlamaConfig Story(int layers, int width, int heads, int inner, int length) =>
        Form(layers, width, heads, heads, inner, length: length) with { TieWordEmbeddings = true };
}
