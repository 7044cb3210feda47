using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plinth.Core;

namespace Plinth.Models.Vision.Llava;

/// <summary>The fields of config.json of LLaVA.</summary>
public sealed record LlavaConfig : ModelConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "llava";

    /// <summary>The config of the part that reads and writes, of the architecture that its <c>model_type</c> names.</summary>
    public JsonObject? TextConfig { get; init; }

    /// <summary>The config of the part that sees.</summary>
    public JsonObject? VisionConfig { get; init; }

    /// <summary>Id of the token that stands for one vector of a picture.</summary>
    public int ImageTokenIndex { get; init; } = 32_000;

    /// <summary>Non-linearity between the maps that lead from pictures to tokens.</summary>
    public string ProjectorHiddenAct { get; init; } = "gelu";

    /// <summary>Whether those maps add vectors.</summary>
    public bool MultimodalProjectorBias { get; init; } = true;

    /// <summary>Which output of the part that sees is taken; a list of several is not supported.</summary>
    public JsonNode? VisionFeatureLayer { get; init; }

    /// <summary><c>default</c> leaves the class token out, <c>full</c> keeps it.</summary>
    public string VisionFeatureSelectStrategy { get; init; } = "default";

    /// <summary>The layer as a number; null when it is none.</summary>
    [JsonIgnore]
    [MayBeAbsent]
    public int? FeatureLayer => VisionFeatureLayer is null ? -2 : VisionFeatureLayer is JsonValue value && value.TryGetValue<int>(out var layer) ? layer : null;
}
