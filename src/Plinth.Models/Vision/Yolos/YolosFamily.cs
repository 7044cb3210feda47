using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Vision.Heads;
using Plinth.Models.Vision.Stacks;
using Plinth.Models.Vision.Vit;

namespace Plinth.Models.Vision.Yolos;

/// <summary>The fields of config.json of YOLOS.</summary>
public sealed record YolosConfig : VitTypeConfig
{
    /// <summary>As the reference has it, where it differs from ViT's.</summary>
    public YolosConfig() => ImageSize = new(512, 864);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "yolos";

    /// <summary>Width inside the feed-forward networks.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>How many things a picture may show.</summary>
    public int NumDetectionTokens { get; init; } = 100;

    /// <summary>Whether positions are added anew after each block but the last.</summary>
    public bool UseMidPositionEmbeddings { get; init; } = true;
}

/// <summary>YOLOS: things in a picture, found by tokens behind its patches.</summary>
public sealed class YolosFamily : VitTypeFamily<YolosConfig>
{
    private const int HeadDepth = 3;

    /// <inheritdoc />
    public override string Paper => "Fang et al. 2021, arXiv:2106.00666";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Of("Yolos", HeadKind.Pooled, HeadKind.ObjectDetection);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.stack.detectionTokens", "vit.embeddings.detection_tokens"),
            new("backbone.stack.midPositions", "vit.encoder.mid_position_embeddings"),
            .. BackboneKeys("vit."),
            new("head.vector.dense.*", "vit.pooler.dense.*"),
            new("head.classes.layers.#.*", "class_labels_classifier.layers.#.*"),
            new("head.boxes.layers.#.*", "bbox_predictor.layers.#.*"),
        ],
        prefix: "vit.");

    /// <inheritdoc />
    protected override bool InterpolatesByDefault => true;

    /// <inheritdoc />
    protected override int InnerSize(YolosConfig config) => config.IntermediateSize;

    /// <inheritdoc />
    protected override PatchOptions Patches(YolosConfig config) =>
        base.Patches(config) with { DetectionTokenCount = config.NumDetectionTokens, HasMidPositions = config.UseMidPositionEmbeddings };

    /// <inheritdoc />
    protected override ImageHeadOptions Heads(YolosConfig config) => base.Heads(config) with { VectorSize = config.HiddenSize };

    /// <inheritdoc />
    protected override ModelHead? Head(HeadKind kind, YolosConfig config) => kind == HeadKind.ObjectDetection
        ? new DetectionHead(config.HiddenSize, config.LabelCount, config.NumDetectionTokens, HeadDepth)
        : base.Head(kind, config);

    /// <inheritdoc />
    protected override YolosConfig ShapeOf(ModelShape shape) => base.ShapeOf(shape) with { IntermediateSize = 4 * shape.HiddenSize };
}
