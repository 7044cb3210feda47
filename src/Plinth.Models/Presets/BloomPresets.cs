using Plinth.Models.Text.Bloom;

namespace Plinth.Models.Presets;

/// <summary>BLOOM, whose table is padded from 250,680 to 250,880 entries.</summary>
internal static class BloomPresets
{
    private const string Paper = "BigScience 2022, arXiv:2211.05100; the model cards on the hub";

    public static IEnumerable<ModelPreset> All =>
    [
        new("bloom-560m", Form(24, 1024, 16), "559M", Paper),
        new("bloom-1b1", Form(24, 1536, 16), "1.1B", Paper),
        new("bloom-1b7", Form(24, 2048, 16), "1.7B", Paper),
        new("bloom-3b", Form(30, 2560, 32), "3.0B", Paper),
        new("bloom-7b1", Form(30, 4096, 32), "7.1B", Paper),
        new("bloom", Form(70, 14_336, 112), "176B", Paper),
    ];

    private static BloomConfig Form(int layers, int width, int heads) =>
        new() { VocabSize = 250_880, NLayer = layers, HiddenSize = width, NHead = heads, SeqLength = 2048, PadTokenId = 3, BosTokenId = 1, EosTokenId = 2 };
}
