using System.Text.Json.Nodes;
using Plinth.Models.Text.Gpt3;

namespace Plinth.Models.Presets;

/// <summary>The eight sizes of GPT-3. The paper names no window; 256 is the Sparse Transformer's order of magnitude.</summary>
internal static class Gpt3Presets
{
    private const string Paper = "Brown et al. 2020, arXiv:2005.14165, table 2.1; the window of the local blocks is not published";

    public static IEnumerable<ModelPreset> All =>
    [
        new("gpt3-small", Form(12, 768, 12, 64), "125M", Paper),
        new("gpt3-medium", Form(24, 1024, 16, 64), "350M", Paper),
        new("gpt3-large", Form(24, 1536, 16, 96), "760M", Paper),
        new("gpt3-xl", Form(24, 2048, 24, 128), "1.3B", Paper + "; 24 heads of 128 (sic): 16 heads would give the stated count"),
        new("gpt3-2.7b", Form(32, 2560, 32, 80), "2.7B", Paper),
        new("gpt3-6.7b", Form(32, 4096, 32, 128), "6.7B", Paper),
        new("gpt3-13b", Form(40, 5140, 40, 128), "13B", Paper + "; width 5140 (sic) beside 40 heads of 128, which make 5120"),
        new("gpt3-175b", Form(96, 12_288, 96, 128), "175B", Paper),
    ];

    private static Gpt3Config Form(int layers, int width, int heads, int headSize) => new()
    {
        VocabSize = 50_257,
        NLayer = layers,
        NEmbd = width,
        NHead = heads,
        HeadDim = headSize * heads == width ? null : headSize,
        NPositions = 2048,
        AttentionTypes = new JsonArray(new JsonArray(new JsonArray("global", "local"), layers / 2)),
        EmbdPdrop = 0,
        ResidPdrop = 0,
        AttnPdrop = 0,
    };
}
