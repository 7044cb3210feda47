using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Models.Text.Bert;

/// <summary>BERT: a bidirectional encoder pre-trained on hidden tokens and pairs of sentences.</summary>
public sealed class BertFamily : ModelFamily
{
    /// <inheritdoc />
    public override string ModelType => "bert";

    /// <inheritdoc />
    public override string Paper => "Devlin et al. 2018, arXiv:1810.04805";

    /// <inheritdoc />
    public override bool IsCausal => false;

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = new Dictionary<HeadKind, string>
    {
        [HeadKind.Pooled] = "BertModel",
        [HeadKind.MaskedLanguageModeling] = "BertForMaskedLM",
        [HeadKind.Pretraining] = "BertForPreTraining",
        [HeadKind.SequenceClassification] = "BertForSequenceClassification",
        [HeadKind.TokenClassification] = "BertForTokenClassification",
        [HeadKind.QuestionAnswering] = "BertForQuestionAnswering",
        [HeadKind.MultipleChoice] = "BertForMultipleChoice",
    };

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "bert.embeddings.word_embeddings.*"),
            new("backbone.positions.*", "bert.embeddings.position_embeddings.*"),
            new("backbone.segments.*", "bert.embeddings.token_type_embeddings.*"),
            new("backbone.embeddingNorm.*", "bert.embeddings.LayerNorm.*"),
            new("backbone.encoder.layers.#.attention.query.*", "bert.encoder.layer.#.attention.self.query.*"),
            new("backbone.encoder.layers.#.attention.key.*", "bert.encoder.layer.#.attention.self.key.*"),
            new("backbone.encoder.layers.#.attention.value.*", "bert.encoder.layer.#.attention.self.value.*"),
            new("backbone.encoder.layers.#.attention.output.*", "bert.encoder.layer.#.attention.output.dense.*"),
            new("backbone.encoder.layers.#.attentionNorm.*", "bert.encoder.layer.#.attention.output.LayerNorm.*"),
            new("backbone.encoder.layers.#.feedForward.up.*", "bert.encoder.layer.#.intermediate.dense.*"),
            new("backbone.encoder.layers.#.feedForward.down.*", "bert.encoder.layer.#.output.dense.*"),
            new("backbone.encoder.layers.#.feedForwardNorm.*", "bert.encoder.layer.#.output.LayerNorm.*"),
            new("head.predictions.transform.*", "cls.predictions.transform.dense.*"),
            new("head.predictions.transformNorm.*", "cls.predictions.transform.LayerNorm.*"),
            new("head.predictions.outputBias", "cls.predictions.bias"),
            new("head.transform.*", "cls.predictions.transform.dense.*"),
            new("head.transformNorm.*", "cls.predictions.transform.LayerNorm.*"),
            new("head.outputBias", "cls.predictions.bias"),
            new("head.relationship.*", "cls.seq_relationship.*"),
            new("head.pooler.dense.*", "bert.pooler.dense.*"),
            new("head.dense.*", "bert.pooler.dense.*"),
            new("head.classifier.*", "classifier.*"),
            new("head.span.*", "qa_outputs.*"),
        ],
        prefix: "bert.",
        renamed: [new("LayerNorm.weight", "LayerNorm.gamma"), new("LayerNorm.bias", "LayerNorm.beta")],
        ignored: ["bert.embeddings.position_ids", "embeddings.position_ids", "cls.predictions.decoder.*"]);

    /// <inheritdoc />
    public override ModelConfig ReadConfig(JsonObject json, string source)
    {
        var config = ModelConfig.Read<BertConfig>(json, source);
        ConfigRules.Require(source, config.PositionEmbeddingType == "absolute", "position_embedding_type", config.PositionEmbeddingType, "absolute");
        ConfigRules.Require(source, !config.IsDecoder, "is_decoder", config.IsDecoder, "false");
        ConfigRules.Require(source, !config.AddCrossAttention, "add_cross_attention", config.AddCrossAttention, "false");
        ConfigRules.Require(source, config.TieWordEmbeddings != false, "tie_word_embeddings", false, "true");
        ConfigRules.Sizes(source, ("vocab_size", config.VocabSize), ("hidden_size", config.HiddenSize), ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads), ("intermediate_size", config.IntermediateSize),
            ("max_position_embeddings", config.MaxPositionEmbeddings), ("type_vocab_size", config.TypeVocabSize));
        return config;
    }

    /// <inheritdoc />
    public override ModelConfig Shape(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new BertConfig
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NumHiddenLayers = shape.LayerCount,
            NumAttentionHeads = shape.HeadCount,
            IntermediateSize = 4 * shape.HiddenSize,
            MaxPositionEmbeddings = shape.MaximumLength,
            // Our defaults are the plain case; a recipe asks for dropout.
            HiddenDropoutProb = 0,
            AttentionProbsDropoutProb = 0,
            PadTokenId = 0,
        };
    }

    /// <inheritdoc />
    public override Backbone BuildBackbone(ModelConfig config) => new BertBackbone((BertConfig)config);

    /// <inheritdoc />
    public override ModelHead BuildHead(HeadKind kind, ModelConfig config)
    {
        var bert = (BertConfig)config;
        var dropout = bert.ClassifierDropout ?? bert.HiddenDropoutProb;
        return kind switch
        {
            HeadKind.Pooled => new BertPooler(bert.HiddenSize),
            HeadKind.MaskedLanguageModeling => new BertVocabularyHead(bert),
            HeadKind.Pretraining => new BertPretrainingHead(bert),
            HeadKind.SequenceClassification => new BertSequenceHead(bert.HiddenSize, bert.LabelCount, dropout),
            HeadKind.TokenClassification => new ClassifierHead(bert.HiddenSize, bert.LabelCount, dropout),
            HeadKind.QuestionAnswering => new SpanHead(bert.HiddenSize),
            HeadKind.MultipleChoice => new BertSequenceHead(bert.HiddenSize, 1, dropout),
            _ => throw NoHead(kind),
        };
    }
}
