using System.Text.Json;
using System.Text.Json.Nodes;
using Plinth.Models.Inspection;
using Plinth.Models.Presets;
using Plinth.Recipes.Inspection;

namespace Plinth.Cli.Display;

/// <summary>What <c>plinth inspect --json</c> prints.</summary>
internal static class InspectionJson
{
    public static JsonSerializerOptions Options { get; } = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Presets() => new()
    {
        ["presets"] = new JsonArray([.. PresetCatalog.All.Entries.Select(preset => (JsonNode)new JsonObject
        {
            ["name"] = preset.Name, ["model_type"] = preset.Config.ModelType, ["stated"] = preset.Stated, ["source"] = preset.Source,
        })]),
    };

    public static JsonObject Preset(ModelPreset preset, ModelInspection counts) => new()
    {
        ["name"] = preset.Name,
        ["head"] = preset.Head.ToString(),
        ["stated"] = preset.Stated,
        ["source"] = preset.Source,
        ["config"] = preset.Config.ToJson(),
        ["model"] = Model(counts),
    };

    public static JsonObject Folder(CheckpointInspection folder) => new()
    {
        ["head"] = folder.Head.ToString(),
        ["config"] = folder.Config.ToJson(),
        ["model"] = Model(folder.Model),
        ["files"] = new JsonArray([.. folder.Files.Select(file => (JsonNode)new JsonObject { ["name"] = file.Name, ["bytes"] = file.Bytes })]),
        ["stored"] = new JsonArray([.. folder.Types.Select(type => (JsonNode)new JsonObject
        {
            ["type"] = type.Type, ["tensors"] = type.TensorCount, ["elements"] = type.ElementCount,
        })]),
        ["tokenizer"] = folder.Tokenizer is not { } tokenizer ? null : new JsonObject
        {
            ["vocabulary_size"] = tokenizer.VocabularySize,
            ["special"] = new JsonObject(tokenizer.Special.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Key, entry.Value))),
        },
        ["has_chat_template"] = folder.HasChatTemplate,
        ["has_certificate"] = folder.HasCertificate,
    };

    private static JsonObject Model(ModelInspection counts) => new()
    {
        ["parameters"] = counts.ParameterCount,
        ["parts"] = new JsonObject(counts.Parts.Select(part => KeyValuePair.Create<string, JsonNode?>(JsonNamingPolicy.SnakeCaseLower.ConvertName(part.Key.ToString()), part.Value))),
        ["blocks"] = counts.BlockCount,
        ["windowed_blocks"] = counts.WindowedBlockCount,
        ["maximum_length"] = counts.MaximumLength,
        ["memory"] = new JsonArray([.. MemoryEstimate.All(counts).Select(memory => (JsonNode)new JsonObject
        {
            ["type"] = memory.Type,
            ["weight_bytes"] = memory.Weights,
            ["training_bytes"] = memory.Training,
            ["activation_bytes_per_token"] = memory.ActivationsPerToken,
            ["cache_bytes_per_token"] = memory.CachePerToken,
        })]),
    };
}
