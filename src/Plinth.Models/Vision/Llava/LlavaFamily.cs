using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Text.Llama;
using Plinth.Models.Text.Stacks;
using Plinth.Models.Vision.Clip;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Models.Vision.Llava;

/// <summary>LLaVA: a decoder that is shown pictures. Its parts are families of the catalog.</summary>
public sealed class LlavaFamily : ConfiguredFamily<LlavaConfig>
{
    private const string TextPrefix = "language_model.", VisionPrefix = "vision_tower.";

    /// <inheritdoc />
    public override string Paper => "Liu et al. 2023, arXiv:2304.08485";

    /// <inheritdoc />
    public override Modality Modality => Modality.Text | Modality.Image;

    /// <inheritdoc />
    public override bool IsCausal => true;

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } =
        new Dictionary<HeadKind, string> { [HeadKind.CausalLanguageModeling] = "LlavaForConditionalGeneration" };

    /// <inheritdoc />
    public override KeyMap Keys { get; } = Map(new LlamaFamily().Keys, new ClipVisionFamily().Keys);

    /// <inheritdoc />
    public override KeyMap KeysOf(ModelConfig config)
    {
        var ((text, textConfig), (vision, visionConfig)) = Parts((LlavaConfig)config, "config");
        return Map(text.KeysOf(textConfig), vision.KeysOf(visionConfig));
    }

    /// <inheritdoc />
    public override Backbone BuildBackbone(ModelConfig config)
    {
        var own = (LlavaConfig)config;
        var ((text, textConfig), (vision, visionConfig)) = Parts(own, "config");
        return new SeeingBackbone(
            (TextBackbone)text.BuildBackbone(textConfig),
            vision.BuildBackbone(visionConfig),
            vision.BuildHead(HeadKind.Pooled, visionConfig),
            new()
            {
                ImageTokenId = own.ImageTokenIndex,
                Layer = own.FeatureLayer!.Value,
                SkipsFirst = own.VisionFeatureSelectStrategy == "default",
                Activation = own.ProjectorHiddenAct,
                HasBias = own.MultimodalProjectorBias,
            });
    }

    /// <inheritdoc />
    // The generator asks the config for the vocabulary and its special tokens, which the part that writes has.
    protected override LlavaConfig Complete(LlavaConfig config, string source)
    {
        var text = Part(config.TextConfig, "llama", $"{source}: text_config").Config;
        return config with
        {
            VocabSize = text.VocabSize,
            BosTokenId = config.BosTokenId ?? text.BosTokenId,
            EosTokenId = config.EosTokenId ?? text.EosTokenId?.DeepClone(),
            PadTokenId = config.PadTokenId ?? text.PadTokenId,
        };
    }

    /// <inheritdoc />
    protected override void Check(LlavaConfig config, ConfigRules rules)
    {
        var ((text, _), (vision, visionConfig)) = Parts(config, rules.Source);
        rules.Require(text.IsCausal && text.Modality == Modality.Text, "text_config.model_type", text.ModelType, "a decoder of text");
        rules.Require(vision.Modality == Modality.Image && vision.Architectures.ContainsKey(HeadKind.Pooled), "vision_config.model_type", vision.ModelType, "an encoder of pictures with a vector for the whole");
        var layers = (visionConfig as ClipTowerConfig)?.NumHiddenLayers;
        rules.Require(layers is not null, "vision_config.model_type", vision.ModelType, "one of CLIP's kin");
        rules.Require(config.FeatureLayer >= -(layers + 1) && config.FeatureLayer <= layers, "vision_feature_layer", config.VisionFeatureLayer, $"one layer of the {layers}");
        rules.Require(config.VisionFeatureSelectStrategy is "default" or "full", "vision_feature_select_strategy", config.VisionFeatureSelectStrategy, "'default' or 'full'");
        rules.Require(config.ImageTokenIndex < config.VocabSize, "image_token_index", config.ImageTokenIndex, "an id of the vocabulary");
    }

    /// <inheritdoc />
    protected override void Describe(LlavaConfig config, ConfigRules rules) => Layers.FeedForward.Activations.Named(config.ProjectorHiddenAct);

    /// <inheritdoc />
    protected override ModelHead? Head(HeadKind kind, LlavaConfig config)
    {
        var (text, textConfig) = Part(config.TextConfig, "llama", "text_config");
        return text.BuildHead(kind, textConfig);
    }

    /// <inheritdoc />
    protected override LlavaConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            TextConfig = new LlamaFamily().Shape(shape).ToJson(),
            VisionConfig = new ClipVisionFamily().Shape(shape).ToJson(),
            ImageTokenIndex = shape.VocabularySize - 1,
        };
    }

    private static ((ModelFamily Family, ModelConfig Config) Text, (ModelFamily Family, ModelConfig Config) Vision) Parts(LlavaConfig config, string source) =>
        (Part(config.TextConfig, "llama", $"{source}: text_config"), Part(config.VisionConfig, "clip_vision_model", $"{source}: vision_config"));

    private static (ModelFamily Family, ModelConfig Config) Part(JsonObject? json, string usual, string source)
    {
        json ??= [];
        var type = json["model_type"] is JsonValue value && value.TryGetValue<string>(out var named) ? named : usual;
        return ModelCatalog.Families.Contains(type)
            ? (ModelCatalog.Families[type], ModelCatalog.Families[type].ReadConfig(json, source))
            : throw new CheckpointException($"{source}: the architecture '{type}' is not supported. Known: {string.Join(", ", ModelCatalog.Families.Names)}.");
    }

    private static KeyMap Map(KeyMap text, KeyMap vision) => new(
        [
            .. text.AsPart("backbone.text", "head", TextPrefix),
            .. vision.AsPart("backbone.vision", "backbone.pooler", VisionPrefix),
            new("backbone.projector.layers.0.*", "multi_modal_projector.linear_1.*"),
            new("backbone.projector.layers.1.*", "multi_modal_projector.linear_2.*"),
        ],
        prefix: "",
        ignored: [TextPrefix + "lm_head.weight", TextPrefix + "model.layers.#.self_attn.rotary_emb.inv_freq", VisionPrefix + "vision_model.embeddings.position_ids"]);
}
