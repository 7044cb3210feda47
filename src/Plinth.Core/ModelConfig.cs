using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Plinth.Core;

/// <summary>
/// The fields of config.json that all architectures share. Derived records add their own under the reference's names
/// in Pascal case; what a record does not know stays in <see cref="Extra"/> and is written back unchanged.
/// </summary>
public abstract record ModelConfig
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        MaxDepth = 32,
    };

    /// <summary>Name of the architecture, for example <c>bert</c>.</summary>
    public abstract string ModelType { get; }

    /// <summary>Class names of the reference, for example <c>BertForMaskedLM</c>.</summary>
    public IReadOnlyList<string>? Architectures { get; init; }

    /// <summary>Entries in the vocabulary; 0 where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int VocabSize { get; init; }

    /// <summary>Names of the classes by number.</summary>
    [JsonPropertyName("id2label")]
    public IReadOnlyDictionary<string, string>? IdToLabel { get; init; }

    /// <summary>Numbers of the classes by name.</summary>
    [JsonPropertyName("label2id")]
    public IReadOnlyDictionary<string, int>? LabelToId { get; init; }

    /// <summary><c>regression</c>, <c>single_label_classification</c> or <c>multi_label_classification</c>; null lets the labels decide.</summary>
    public string? ProblemType { get; init; }

    /// <summary>Id that fills short sequences.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Id that begins a sequence.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>Id, or list of ids, that ends a sequence.</summary>
    public JsonNode? EosTokenId { get; init; }

    /// <summary>Id that a decoder begins with, where the architecture has an encoder of its own.</summary>
    public int? DecoderStartTokenId { get; init; }

    /// <summary>Id that must be the first one generated, or null.</summary>
    public int? ForcedBosTokenId { get; init; }

    /// <summary>Id that must be the last one when the length runs out, or null.</summary>
    public int? ForcedEosTokenId { get; init; }

    /// <summary>Fields that this record does not know, kept as they were read.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> Extra { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Classes of a task head; the reference's default is 2.</summary>
    [JsonIgnore]
    public int LabelCount => IdToLabel?.Count ?? (Extra.TryGetValue("num_labels", out var count) && count.TryGetInt32(out var n) ? n : 2);

    /// <summary>Class names in order of their numbers.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Labels =>
        [.. Enumerable.Range(0, LabelCount).Select(i => IdToLabel?.GetValueOrDefault(i.ToString(System.Globalization.CultureInfo.InvariantCulture)) ?? $"LABEL_{i}")];

    /// <summary>Ids that end a generated sequence.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> EndIds => EosTokenId switch
    {
        null => [],
        JsonArray several => [.. several.Select(id => (int)id!)],
        var one => [(int)one],
    };

    /// <summary>What a decoder with an encoder of its own begins with.</summary>
    /// <exception cref="CheckpointException">The config names no such id, or one outside the vocabulary.</exception>
    [JsonIgnore]
    public int DecoderStartId => (DecoderStartTokenId ?? BosTokenId) is { } id && id >= 0 && id < VocabSize
        ? id
        : throw new CheckpointException(
            $"The config of this '{ModelType}' names no decoder_start_token_id within its vocabulary of {VocabSize}. Set it to the id that the decoder was trained to begin with.");

    /// <summary>The same config with the given class names.</summary>
    public ModelConfig WithLabels(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return this with
        {
            IdToLabel = names.Select((name, i) => (name, i)).ToDictionary(p => p.i.ToString(System.Globalization.CultureInfo.InvariantCulture), p => p.name),
            LabelToId = names.Distinct(StringComparer.Ordinal).Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i),
        };
    }

    /// <summary>Reads a config of a known type.</summary>
    /// <param name="json">The content of config.json.</param>
    /// <param name="source">File name for messages.</param>
    /// <exception cref="CheckpointException">A field has a wrong type.</exception>
    public static T Read<T>(JsonObject json, string source) where T : ModelConfig
    {
        try
        {
            return json.Deserialize<T>(Json)!;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NotSupportedException)
        {
            throw new CheckpointException($"{source}: {error.Message} Compare the field with the architecture's reference configuration.", error);
        }
    }

    /// <summary>The config as config.json holds it.</summary>
    public JsonObject ToJson()
    {
        var json = JsonSerializer.SerializeToNode(this, GetType(), Json)!.AsObject();
        json["model_type"] = ModelType;
        return json;
    }

    /// <summary>The config as indented text.</summary>
    public string ToJsonText() => ToJson().ToJsonString(Json);
}
