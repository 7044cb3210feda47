using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Text.Bert;
using Plinth.Models.Text.Heads;

namespace Plinth.Models.Text.Electra;

/// <summary>The fields of an ELECTRA config.json.</summary>
public sealed record ElectraConfig : BertTypeConfig
{
    /// <summary>The published defaults.</summary>
    public ElectraConfig() => (EmbeddingSize, HiddenSize, NumAttentionHeads, IntermediateSize) = (128, 256, 4, 1024);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "electra";
}

/// <summary>ELECTRA: an encoder pre-trained to tell which tokens a small generator replaced.</summary>
public sealed class ElectraFamily : BertTypeFamily<ElectraConfig>
{
    /// <inheritdoc />
    public override string Paper => "Clark et al. 2020, arXiv:2003.10555";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } =
        HeadNames.Encoder("Electra", HeadKind.None, HeadKind.ReplacedTokenDetection);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            .. BackboneKeys("electra."),
            new("backbone.stack.embeddingProjection.*", "electra.embeddings_project.*"),
            new("head.transform.dense.*", "generator_predictions.dense.*"),
            new("head.transform.norm.*", "generator_predictions.LayerNorm.*"),
            new("head.outputBias", "generator_lm_head.bias"),
            new("head.summary.vector.dense.*", "classifier.dense.*"),
            new("head.classifier.*", "classifier.out_proj.*"),
            new("head.discriminator.dense.*", "discriminator_predictions.dense.*"),
            new("head.prediction.*", "discriminator_predictions.dense_prediction.*"),
            new("head.tagger.*", "classifier.*"),
            new("head.span.*", "qa_outputs.*"),
        ],
        prefix: "electra.",
        ignored: ["electra.embeddings.position_ids", "embeddings.position_ids", "generator_lm_head.weight"]);

    /// <inheritdoc />
    protected override EncoderHeadOptions Heads(ElectraConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return base.Heads(config) with { SummaryActivation = "gelu" };
    }
}
