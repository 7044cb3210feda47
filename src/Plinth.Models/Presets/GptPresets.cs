using Plinth.Models.Text.Gpt2;
using Plinth.Models.Text.OpenAiGpt;

namespace Plinth.Models.Presets;

/// <summary>GPT-1, GPT-2, and Jurassic-1, which is built alike.</summary>
internal static class GptPresets
{
    private const string Gpt2 = "Radford et al. 2019; github.com/openai/gpt-2";
    private const string Jurassic = "Lieber et al. 2021, Jurassic-1: Technical Details and Evaluation; the paper gives depth and count, the width follows from them; positions are taken as GPT-2's";

    public static IEnumerable<ModelPreset> All =>
    [
        new("gpt1", new OpenAiGptConfig { VocabSize = 40_478 }, "117M", "Radford et al. 2018; github.com/openai/finetune-transformer-lm"),
        new("gpt2", Form(12, 768, 12), "124M", Gpt2),
        new("gpt2-medium", Form(24, 1024, 16), "355M", Gpt2),
        new("gpt2-large", Form(36, 1280, 20), "774M", Gpt2),
        new("gpt2-xl", Form(48, 1600, 25), "1558M", Gpt2),
        new("jurassic1-large", Form(32, 4096, 32, 262_144, 2048), "7.5B", Jurassic),
        new("jurassic1-jumbo", Form(76, 13_824, 96, 262_144, 2048), "178B", Jurassic),
    ];

    private static Gpt2Config Form(int layers, int width, int heads, int vocabulary = 50_257, int length = 1024) =>
        new() { VocabSize = vocabulary, NLayer = layers, NEmbd = width, NHead = heads, NPositions = length };
}
