using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Models.Vision.Vit;

/// <summary>ViT as timm writes it: the sizes follow from the architecture's name, queries, keys and values are one matrix.</summary>
internal static partial class TimmForm
{
    private const string Block = "backbone.stack.blocks.layers.#.";

    private static readonly Dictionary<string, (int Hidden, int Layers, int Heads)> sizes = new(StringComparer.Ordinal)
    {
        ["tiny"] = (192, 12, 3),
        ["small"] = (384, 12, 6),
        ["base"] = (768, 12, 12),
        ["large"] = (1024, 24, 16),
        ["huge"] = (1280, 32, 16),
    };

    public static ForeignForm Form { get; } = new(
        "timm",
        json => json["architecture"] is JsonValue value && value.TryGetValue<string>(out var name) && name.StartsWith("vit_", StringComparison.Ordinal),
        Translate,
        new KeyMap(
            [
                new("backbone.stack.classToken", "cls_token"),
                new("backbone.stack.positions", "pos_embed"),
                new("backbone.stack.patches.*", "patch_embed.proj.*"),
                new(Block + "attentionNorm.*", "blocks.#.norm1.*"),
                new(Block + "attention.query.*", "blocks.#.attn.qkv.*", Piece: new(0, 3)),
                new(Block + "attention.key.*", "blocks.#.attn.qkv.*", Piece: new(1, 3)),
                new(Block + "attention.value.*", "blocks.#.attn.qkv.*", Piece: new(2, 3)),
                new(Block + "attention.output.*", "blocks.#.attn.proj.*"),
                new(Block + "feedForwardNorm.*", "blocks.#.norm2.*"),
                new(Block + "feedForward.up.*", "blocks.#.mlp.fc1.*"),
                new(Block + "feedForward.down.*", "blocks.#.mlp.fc2.*"),
                new("backbone.stack.finalNorm.*", "norm.*"),
                new("head.classifier.*", "head.*"),
            ],
            prefix: ""));

    private static JsonObject Translate(JsonObject json, string source)
    {
        var rules = new ConfigRules(source);
        var name = ((string)json["architecture"]!).Split('.')[0];
        var match = Named().Match(name);
        rules.Require(match.Success && sizes.ContainsKey(match.Groups["size"].Value), "architecture", name, $"vit_SIZE_patchN_N with a size of {string.Join(", ", sizes.Keys)}");
        var (hidden, layers, heads) = sizes[match.Groups["size"].Value];
        var pretrained = json["pretrained_cfg"] as JsonObject;
        rules.Require(json["num_features"] is null || Whole(json["num_features"]) == hidden, "num_features", json["num_features"], $"{hidden}, as the name says,");
        rules.Require(json["global_pool"] is null || Text(json["global_pool"]) == "token", "global_pool", json["global_pool"], "'token'");
        rules.Require(json["model_args"] is null or JsonObject { Count: 0 }, "model_args", json["model_args"], "their absence");
        var input = pretrained?["input_size"] as JsonArray;
        rules.Require(input is null or { Count: 3 }, "pretrained_cfg.input_size", input, "channels, height and width");
        var classes = Whole(json["num_classes"]) ?? Whole(pretrained?["num_classes"]) ?? 1000;
        var translated = (JsonObject)json.DeepClone();
        translated["model_type"] = "vit";
        translated["architectures"] = new JsonArray(classes > 0 ? "ViTForImageClassification" : "ViTModel");
        translated["hidden_size"] = hidden;
        translated["num_hidden_layers"] = layers;
        translated["num_attention_heads"] = heads;
        translated["intermediate_size"] = 4 * hidden;
        translated["layer_norm_eps"] = 1e-6;
        translated["patch_size"] = Number(match, "patch");
        translated["num_channels"] = input is null ? 3 : Whole(input[0]);
        translated["image_size"] = input is null ? Number(match, "image") : new JsonArray(input[1]?.DeepClone(), input[2]?.DeepClone());
        if (classes > 0)
        {
            var labels = json["label_names"] as JsonArray;
            translated["id2label"] = new JsonObject(Enumerable.Range(0, classes).Select(i => KeyValuePair.Create<string, JsonNode?>(
                i.ToString(CultureInfo.InvariantCulture), labels?.Count == classes && Text(labels[i]) is { } label ? label : $"LABEL_{i}")));
        }

        return translated;
    }

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static int? Whole(JsonNode? node) => node is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    [GeneratedRegex("^vit_(?<size>[a-z]+)_patch(?<patch>[0-9]{1,3})_(?<image>[0-9]{1,4})$")]
    private static partial Regex Named();
}
