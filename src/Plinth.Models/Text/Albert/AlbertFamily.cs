using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Text.Bert;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Albert;

/// <summary>The fields of an ALBERT config.json.</summary>
public sealed record AlbertConfig : BertTypeConfig
{
    /// <summary>The published defaults.</summary>
    public AlbertConfig() => (EmbeddingSize, HiddenAct, ClassifierDropout) = (128, "gelu_new", null);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "albert";

    /// <summary>How many different blocks there are.</summary>
    public int NumHiddenGroups { get; init; } = 1;

    /// <summary>Only 1 is supported.</summary>
    public int InnerGroupNum { get; init; } = 1;

    /// <summary>Dropout before a classifier.</summary>
    public double ClassifierDropoutProb { get; init; } = 0.1;
}

/// <summary>ALBERT: blocks that share their weights, and narrow token vectors.</summary>
public sealed class AlbertFamily : BertTypeFamily<AlbertConfig>
{
    private const string Layer = "albert.encoder.albert_layer_groups.#.albert_layers.0.";

    /// <inheritdoc />
    public override string Paper => "Lan et al. 2019, arXiv:1909.11942";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Encoder("Albert", HeadKind.Pooled, HeadKind.Pretraining);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.stack.embeddingProjection.*", "albert.encoder.embedding_hidden_mapping_in.*"),
            new("backbone.stack.blocks.layers.#.attention.output.*", Layer + "attention.dense.*"),
            new("backbone.stack.blocks.layers.#.attention.*.*", Layer + "attention.*.*"),
            new("backbone.stack.blocks.layers.#.attentionNorm.*", Layer + "attention.LayerNorm.*"),
            new("backbone.stack.blocks.layers.#.feedForward.up.*", Layer + "ffn.*"),
            new("backbone.stack.blocks.layers.#.feedForward.down.*", Layer + "ffn_output.*"),
            new("backbone.stack.blocks.layers.#.feedForwardNorm.*", Layer + "full_layer_layer_norm.*"),
            .. BackboneKeys("albert.").Take(4),
            new("head.predictions.transform.dense.*", "predictions.dense.*"),
            new("head.predictions.transform.norm.*", "predictions.LayerNorm.*"),
            new("head.predictions.outputBias", "predictions.bias"),
            new("head.transform.dense.*", "predictions.dense.*"),
            new("head.transform.norm.*", "predictions.LayerNorm.*"),
            new("head.outputBias", "predictions.bias"),
            new("head.relationship.*", "sop_classifier.classifier.*"),
            new("head.pooler.vector.dense.*", "albert.pooler.*"),
            new("head.summary.vector.dense.*", "albert.pooler.*"),
            new("head.vector.dense.*", "albert.pooler.*"),
            new("head.classifier.*", "classifier.*"),
            new("head.tagger.*", "classifier.*"),
            new("head.span.*", "qa_outputs.*"),
        ],
        prefix: "albert.",
        ignored: ["albert.embeddings.position_ids", "embeddings.position_ids", "predictions.decoder.*"]);

    /// <inheritdoc />
    protected override void Check(AlbertConfig config, ConfigRules rules)
    {
        base.Check(config, rules);
        rules.Require(config.InnerGroupNum == 1, "inner_group_num", config.InnerGroupNum, "1");
        rules.Require(config.NumHiddenGroups <= config.NumHiddenLayers, "num_hidden_groups", config.NumHiddenGroups, "at most num_hidden_layers");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(AlbertConfig config)
    {
        var stack = base.Stack(config);
        return stack with { Blocks = stack.Blocks with { DistinctBlockCount = config.NumHiddenGroups } };
    }

    /// <inheritdoc />
    protected override EncoderHeadOptions Heads(AlbertConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return base.Heads(config) with { Dropout = config.ClassifierDropoutProb };
    }
}
