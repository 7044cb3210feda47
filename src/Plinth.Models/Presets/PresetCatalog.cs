using Plinth.Core;

namespace Plinth.Models.Presets;

/// <summary>The shelf of published systems. One line adds a series.</summary>
public static class PresetCatalog
{
    /// <summary>All presets by name.</summary>
    public static Catalog<ModelPreset> All { get; } = new(
        "preset",
        [
            .. GptPresets.All,
            .. Gpt3Presets.All,
            .. BloomPresets.All,
            .. BertPresets.All,
            .. T5Presets.All,
            .. LlamaPresets.All,
            .. OpenDecoderPresets.All,
            .. ImageStagePresets.All,
            .. VisionPresets.All,
        ],
        preset => preset.Name);
}
