using Plinth.Models.Text.Gptj;
using Plinth.Models.Text.GptNeox;
using Plinth.Models.Text.Mistral;

namespace Plinth.Models.Presets;

/// <summary>Open decoders of other groups.</summary>
internal static class OpenDecoderPresets
{
    public static IEnumerable<ModelPreset> All =>
    [
        new(
            "mistral-7b",
            new MistralConfig
            {
                VocabSize = 32_000, NumHiddenLayers = 32, HiddenSize = 4096, NumAttentionHeads = 32, NumKeyValueHeads = 8, IntermediateSize = 14_336,
                MaxPositionEmbeddings = 32_768, RmsNormEps = 1e-5, SlidingWindow = 4096, BosTokenId = 1, EosTokenId = 2,
            },
            "7.2B",
            "Jiang et al. 2023, arXiv:2310.06825"),
        new(
            "gpt-neox-20b",
            new GptNeoxConfig { VocabSize = 50_432, NumHiddenLayers = 44, HiddenSize = 6144, NumAttentionHeads = 64, IntermediateSize = 24_576, MaxPositionEmbeddings = 2048 },
            "20B",
            "Black et al. 2022, arXiv:2204.06745"),
        new("gpt-j-6b", new GptjConfig { VocabSize = 50_400 }, "6B", "Wang, Komatsuzaki 2021; github.com/kingoflolz/mesh-transformer-jax"),
    ];
}
