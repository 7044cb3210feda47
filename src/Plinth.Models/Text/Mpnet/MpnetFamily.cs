using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Models.Text.Bert;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Mpnet;

/// <summary>The fields of an MPNet config.json.</summary>
public sealed record MpnetConfig : BertTypeConfig
{
    /// <summary>The published defaults.</summary>
    public MpnetConfig() => TypeVocabSize = 0;

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "mpnet";

    /// <summary>Buckets of distances.</summary>
    public int RelativeAttentionNumBuckets { get; init; } = 32;
}

/// <summary>MPNet: hidden and permuted tokens, with biases by distance.</summary>
public sealed class MpnetFamily : BertTypeFamily<MpnetConfig>
{
    private const string Layer = "mpnet.encoder.layer.#.attention.";

    /// <inheritdoc />
    public override string Paper => "Song et al. 2020, arXiv:2004.09297";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Encoder("MPNet", HeadKind.Pooled);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.stack.blocks.relative.table.*", "mpnet.encoder.relative_attention_bias.*"),
            new("backbone.stack.blocks.layers.#.attention.query.*", Layer + "attn.q.*"),
            new("backbone.stack.blocks.layers.#.attention.key.*", Layer + "attn.k.*"),
            new("backbone.stack.blocks.layers.#.attention.value.*", Layer + "attn.v.*"),
            new("backbone.stack.blocks.layers.#.attention.output.*", Layer + "attn.o.*"),
            new("backbone.stack.blocks.layers.#.attentionNorm.*", Layer + "LayerNorm.*"),
            .. BackboneKeys("mpnet."),
            new("head.transform.dense.*", "lm_head.dense.*"),
            new("head.transform.norm.*", "lm_head.layer_norm.*"),
            new("head.outputBias", "lm_head.bias"),
            new("head.summary.vector.dense.*", "classifier.dense.*"),
            new("head.classifier.*", "classifier.out_proj.*"),
            new("head.tagger.*", "classifier.*"),
            new("head.span.*", "qa_outputs.*"),
            new("head.vector.dense.*", "mpnet.pooler.dense.*"),
        ],
        prefix: "mpnet.",
        ignored: ["mpnet.embeddings.position_ids", "embeddings.position_ids", "lm_head.decoder.*"]);

    /// <inheritdoc />
    protected override StackOptions Stack(MpnetConfig config)
    {
        var stack = base.Stack(config);
        // Fixed in the reference: its padding id is 1, and distances from 128 on share a bucket.
        const int pad = 1;
        return stack with
        {
            PositionCount = PositionCount.NotPadding,
            PositionOffset = pad + 1,
            PaddingId = pad,
            MaximumLength = config.MaxPositionEmbeddings - pad - 1,
            Blocks = stack.Blocks with { RelativeBuckets = new(config.RelativeAttentionNumBuckets, 128, IsBidirectional: true, config.NumAttentionHeads) },
        };
    }

    /// <inheritdoc />
    protected override MpnetConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return base.ShapeOf(shape) with { PadTokenId = 1, MaxPositionEmbeddings = shape.MaximumLength + 2 };
    }
}
