using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Text.Bert;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Roberta;

/// <summary>The fields of a RoBERTa config.json.</summary>
public record RobertaConfig : BertTypeConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "roberta";
}

/// <summary>The fields of an XLM-RoBERTa config.json.</summary>
public sealed record XlmRobertaConfig : RobertaConfig
{
    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "xlm-roberta";
}

/// <summary>Encoders of RoBERTa's build: BERT with positions that begin after the padding id.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class RobertaTypeFamily<TConfig> : BertTypeFamily<TConfig> where TConfig : RobertaConfig, new()
{
    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            .. BackboneKeys("roberta."),
            new("head.transform.dense.*", "lm_head.dense.*"),
            new("head.transform.norm.*", "lm_head.layer_norm.*"),
            new("head.outputBias", "lm_head.bias"),
            new("head.summary.vector.dense.*", "classifier.dense.*"),
            new("head.classifier.*", "classifier.out_proj.*"),
            new("head.tagger.*", "classifier.*"),
            new("head.span.*", "qa_outputs.*"),
            new("head.vector.dense.*", "roberta.pooler.dense.*"),
        ],
        prefix: "roberta.",
        renamed: OldNormNames,
        ignored: ["roberta.embeddings.position_ids", "embeddings.position_ids", "lm_head.decoder.*"]);

    /// <inheritdoc />
    protected override StackOptions Stack(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var pad = config.PadTokenId ?? 1;
        return base.Stack(config) with
        {
            PositionCount = PositionCount.NotPadding,
            PositionOffset = pad + 1,
            PaddingId = pad,
            MaximumLength = config.MaxPositionEmbeddings - pad - 1,
        };
    }

    /// <inheritdoc />
    protected override TConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        // Rows up to the padding id stay unused.
        return base.ShapeOf(shape) with { PadTokenId = 1, MaxPositionEmbeddings = shape.MaximumLength + 2, TypeVocabSize = 1, LayerNormEps = 1e-5 };
    }
}

/// <summary>RoBERTa: BERT trained longer, without pairs of sentences.</summary>
public sealed class RobertaFamily : RobertaTypeFamily<RobertaConfig>
{
    /// <inheritdoc />
    public override string Paper => "Liu et al. 2019, arXiv:1907.11692";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Encoder("Roberta", HeadKind.Pooled);
}

/// <summary>XLM-RoBERTa: RoBERTa in a hundred languages.</summary>
public sealed class XlmRobertaFamily : RobertaTypeFamily<XlmRobertaConfig>
{
    /// <inheritdoc />
    public override string Paper => "Conneau et al. 2019, arXiv:1911.02116";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Encoder("XLMRoberta", HeadKind.Pooled);
}
