using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;

namespace Plinth.Models.Vision;

/// <summary>The fields that configs of an encoder of texts beside one of pictures share.</summary>
/// <typeparam name="TText">Config of the part that reads.</typeparam>
/// <typeparam name="TImage">Config of the part that sees.</typeparam>
public abstract record PairConfig<TText, TImage> : ModelConfig where TText : ModelConfig, new() where TImage : ModelConfig, new()
{
    /// <summary>The part that reads.</summary>
    public TText TextConfig { get; init; } = new();

    /// <summary>The part that sees.</summary>
    public TImage VisionConfig { get; init; } = new();
}

/// <summary>Texts and pictures in one space: two families, and a head over both.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
/// <typeparam name="TText">Config of the part that reads.</typeparam>
/// <typeparam name="TImage">Config of the part that sees.</typeparam>
/// <param name="text">The family of the part that reads; its pooled head makes a text's vector.</param>
/// <param name="image">The family of the part that sees; its pooled head makes a picture's vector.</param>
/// <param name="own">Weight names that belong to neither part.</param>
public abstract class PairFamily<TConfig, TText, TImage>(ConfiguredFamily<TText> text, ConfiguredFamily<TImage> image, params IReadOnlyList<KeyRule> own)
    : ConfiguredFamily<TConfig>
    where TConfig : PairConfig<TText, TImage>, new() where TText : ModelConfig, new() where TImage : ModelConfig, new()
{
    /// <inheritdoc />
    public sealed override Modality Modality => Modality.Text | Modality.Image;

    /// <inheritdoc />
    public sealed override bool IsCausal => false;

    /// <inheritdoc />
    public sealed override KeyMap Keys { get; } = new(
        [.. text.Keys.AsPart("backbone.text", "head.text", ""), .. image.Keys.AsPart("backbone.image", "head.image", ""), .. own],
        prefix: "",
        ignored: ["text_model.embeddings.position_ids", "vision_model.embeddings.position_ids"]);

    /// <inheritdoc />
    protected sealed override bool HasVocabulary => false;

    /// <inheritdoc />
    public sealed override Backbone BuildBackbone(ModelConfig config)
    {
        var parts = (TConfig)config;
        return new PairBackbone(text.BuildBackbone(parts.TextConfig), image.BuildBackbone(parts.VisionConfig));
    }

    /// <summary>What the head is like over both parts.</summary>
    protected abstract PairHeadOptions Pairs(TConfig config);

    /// <inheritdoc />
    protected sealed override void Check(TConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        text.Examine(config.TextConfig, rules.Source + ": text_config");
        image.Examine(config.VisionConfig, rules.Source + ": vision_config");
    }

    /// <inheritdoc />
    protected sealed override void Describe(TConfig config, ConfigRules rules) => Pairs(config);

    /// <inheritdoc />
    protected sealed override ModelHead? Head(HeadKind kind, TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return kind == HeadKind.Contrastive
            ? new PairHead(text.BuildHead(HeadKind.Pooled, config.TextConfig), image.BuildHead(HeadKind.Pooled, config.VisionConfig), Pairs(config))
            : null;
    }

    /// <inheritdoc />
    protected override TConfig ShapeOf(ModelShape shape) => new() { TextConfig = (TText)text.Shape(shape), VisionConfig = (TImage)image.Shape(shape) };
}
