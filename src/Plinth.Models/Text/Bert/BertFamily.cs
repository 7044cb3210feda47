using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.FeedForward;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Bert;

/// <summary>Encoders of BERT's build: norms after each sum, learned positions. What differs is in the config and in the few methods below.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class BertTypeFamily<TConfig> : EncoderFamily<TConfig> where TConfig : BertTypeConfig, new()
{
    /// <inheritdoc />
    protected override void Check(TConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(config.PositionEmbeddingType == "absolute", "position_embedding_type", config.PositionEmbeddingType, "absolute");
        rules.Require(config.TieWordEmbeddings != false, "tie_word_embeddings", false, "true");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var norm = new NormOptions(Epsilon: config.LayerNormEps);
        return new()
        {
            MaximumLength = config.MaxPositionEmbeddings,
            EmbeddingSize = config.EmbeddingSize,
            PositionRows = config.MaxPositionEmbeddings,
            SegmentRows = config.TypeVocabSize,
            EmbeddingNorm = norm,
            EmbeddingDropout = config.HiddenDropoutProb,
            InitializerRange = config.InitializerRange,
            Blocks = new()
            {
                BlockCount = config.NumHiddenLayers,
                Norm = norm,
                Placement = NormPlacement.After,
                Dropout = config.HiddenDropoutProb,
                FeedForward = new() { HiddenSize = config.HiddenSize, InnerSize = config.IntermediateSize, Activation = config.HiddenAct },
                Attention = new()
                {
                    HiddenSize = config.HiddenSize,
                    HeadCount = config.NumAttentionHeads,
                    Dropout = config.AttentionProbsDropoutProb,
                },
            },
        };
    }

    /// <inheritdoc />
    protected override EncoderHeadOptions Heads(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new()
        {
            HiddenSize = config.HiddenSize,
            TokenSize = config.EmbeddingSize,
            VocabularySize = config.VocabSize,
            LabelCount = config.LabelCount,
            Norm = new(Epsilon: config.LayerNormEps),
            Activation = config.HiddenAct,
            Dropout = config.ClassifierDropout ?? config.HiddenDropoutProb,
        };
    }

    /// <inheritdoc />
    protected override TConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NumHiddenLayers = shape.LayerCount,
            NumAttentionHeads = shape.HeadCount,
            IntermediateSize = 4 * shape.HiddenSize,
            MaxPositionEmbeddings = shape.MaximumLength,
            HiddenDropoutProb = 0,
            AttentionProbsDropoutProb = 0,
            PadTokenId = 0,
        };
    }

    /// <summary>Weight names of embeddings and blocks, which BERT's kin share below a prefix of their own.</summary>
    /// <param name="prefix">For example <c>bert.</c>.</param>
    protected static IReadOnlyList<KeyRule> BackboneKeys(string prefix) =>
    [
        new("backbone.tokens.*", prefix + "embeddings.word_embeddings.*"),
        new("backbone.stack.positions.*", prefix + "embeddings.position_embeddings.*"),
        new("backbone.stack.segments.*", prefix + "embeddings.token_type_embeddings.*"),
        new("backbone.stack.embeddingNorm.*", prefix + "embeddings.LayerNorm.*"),
        new("backbone.stack.blocks.layers.#.attention.query.*", prefix + "encoder.layer.#.attention.self.query.*"),
        new("backbone.stack.blocks.layers.#.attention.key.*", prefix + "encoder.layer.#.attention.self.key.*"),
        new("backbone.stack.blocks.layers.#.attention.value.*", prefix + "encoder.layer.#.attention.self.value.*"),
        new("backbone.stack.blocks.layers.#.attention.output.*", prefix + "encoder.layer.#.attention.output.dense.*"),
        new("backbone.stack.blocks.layers.#.attentionNorm.*", prefix + "encoder.layer.#.attention.output.LayerNorm.*"),
        new("backbone.stack.blocks.layers.#.feedForward.up.*", prefix + "encoder.layer.#.intermediate.dense.*"),
        new("backbone.stack.blocks.layers.#.feedForward.down.*", prefix + "encoder.layer.#.output.dense.*"),
        new("backbone.stack.blocks.layers.#.feedForwardNorm.*", prefix + "encoder.layer.#.output.LayerNorm.*"),
    ];

    /// <summary>Endings that old files use for norms.</summary>
    protected static IReadOnlyList<KeyRule> OldNormNames { get; } = [new("LayerNorm.weight", "LayerNorm.gamma"), new("LayerNorm.bias", "LayerNorm.beta")];

    /// <summary>Weight names of the vocabulary head, of the pre-training pair and of plain classifiers, as BERT has them.</summary>
    protected static IReadOnlyList<KeyRule> HeadKeys { get; } =
    [
        new("head.predictions.transform.dense.*", "cls.predictions.transform.dense.*"),
        new("head.predictions.transform.norm.*", "cls.predictions.transform.LayerNorm.*"),
        new("head.predictions.outputBias", "cls.predictions.bias"),
        new("head.transform.dense.*", "cls.predictions.transform.dense.*"),
        new("head.transform.norm.*", "cls.predictions.transform.LayerNorm.*"),
        new("head.outputBias", "cls.predictions.bias"),
        new("head.relationship.*", "cls.seq_relationship.*"),
        new("head.classifier.*", "classifier.*"),
        new("head.tagger.*", "classifier.*"),
        new("head.span.*", "qa_outputs.*"),
    ];
}

/// <summary>BERT: a bidirectional encoder pre-trained on hidden tokens and pairs of sentences.</summary>
public sealed class BertFamily : BertTypeFamily<BertConfig>
{
    /// <inheritdoc />
    public override string Paper => "Devlin et al. 2018, arXiv:1810.04805";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Encoder("Bert", HeadKind.Pooled, HeadKind.Pretraining);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [.. BackboneKeys("bert."), .. HeadKeys, new("head.pooler.vector.dense.*", "bert.pooler.dense.*"), new("head.summary.vector.dense.*", "bert.pooler.dense.*"), new("head.vector.dense.*", "bert.pooler.dense.*")],
        prefix: "bert.",
        renamed: OldNormNames,
        ignored: ["bert.embeddings.position_ids", "embeddings.position_ids", "cls.predictions.decoder.*"]);
}
