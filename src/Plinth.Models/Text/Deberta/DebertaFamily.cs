using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Bert;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Deberta;

/// <summary>The fields of a DeBERTa version 2 or 3 config.json.</summary>
public sealed record DebertaConfig : BertTypeConfig
{
    /// <summary>The published defaults.</summary>
    public DebertaConfig() => (TypeVocabSize, LayerNormEps) = (0, 1e-7);

    /// <inheritdoc />
    [JsonIgnore]
    public override string ModelType => "deberta-v2";

    /// <summary>Only true is supported.</summary>
    public bool RelativeAttention { get; init; } = true;

    /// <summary>Distances from here on share a vector; below 1 the longest sequence.</summary>
    [MayBeAbsent]
    public int MaxRelativePositions { get; init; } = -1;

    /// <summary>Buckets of distances to each side; below 1 none.</summary>
    [MayBeAbsent]
    public int PositionBuckets { get; init; } = 256;

    /// <summary>Only true is supported.</summary>
    public bool ShareAttKey { get; init; } = true;

    /// <summary>Which of <c>c2p</c> and <c>p2c</c> there are: a list, or text between bars.</summary>
    public JsonNode? PosAttType { get; init; }

    /// <summary><c>layer_norm</c> or <c>none</c>.</summary>
    public string NormRelEbd { get; init; } = "layer_norm";

    /// <summary>Only false is supported.</summary>
    public bool PositionBiasedInput { get; init; }

    /// <summary>Non-linearity of the pooler.</summary>
    public string PoolerHiddenAct { get; init; } = "gelu";

    /// <summary>Whether the distances meet queries or keys.</summary>
    /// <param name="term"><c>c2p</c> or <c>p2c</c>.</param>
    public bool Has(string term) => PosAttType switch
    {
        JsonArray list => list.Any(entry => entry?.GetValueKind() == JsonValueKind.String && (string?)entry == term),
        JsonValue value when value.TryGetValue<string>(out var text) => text.Split('|').Contains(term, StringComparer.Ordinal),
        _ => true,
    };
}

/// <summary>DeBERTa version 2 and 3: content and position attend to each other through vectors of distance.</summary>
public sealed class DebertaFamily : BertTypeFamily<DebertaConfig>
{
    /// <inheritdoc />
    public override string Paper => "He et al. 2020, arXiv:2006.03654; 2021, arXiv:2111.09543";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Encoder("DebertaV2", HeadKind.None);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.stack.blocks.distances.table.*", "deberta.encoder.rel_embeddings.*"),
            new("backbone.stack.blocks.distances.norm.*", "deberta.encoder.LayerNorm.*"),
            new("backbone.stack.blocks.layers.#.attention.query.*", "deberta.encoder.layer.#.attention.self.query_proj.*"),
            new("backbone.stack.blocks.layers.#.attention.key.*", "deberta.encoder.layer.#.attention.self.key_proj.*"),
            new("backbone.stack.blocks.layers.#.attention.value.*", "deberta.encoder.layer.#.attention.self.value_proj.*"),
            .. BackboneKeys("deberta."),
            .. HeadKeys,
            new("head.summary.vector.dense.*", "pooler.dense.*"),
        ],
        prefix: "deberta.",
        renamed: OldNormNames,
        ignored: ["deberta.embeddings.position_ids", "embeddings.position_ids", "cls.predictions.decoder.*"]);

    /// <inheritdoc />
    protected override void Check(DebertaConfig config, ConfigRules rules)
    {
        base.Check(config, rules);
        rules.Require(config.RelativeAttention, "relative_attention", false, "true");
        rules.Require(config.ShareAttKey, "share_att_key", false, "true");
        rules.Require(!config.PositionBiasedInput, "position_biased_input", true, "false");
        rules.Require(config.NormRelEbd is "layer_norm" or "none", "norm_rel_ebd", config.NormRelEbd, "layer_norm or none");
        rules.Require(config.EmbeddingSize is null || config.EmbeddingSize == config.HiddenSize, "embedding_size", config.EmbeddingSize, "the hidden size");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(DebertaConfig config)
    {
        var stack = base.Stack(config);
        var norm = new NormOptions(Epsilon: config.LayerNormEps);
        var reach = config.MaxRelativePositions < 1 ? config.MaxPositionEmbeddings : config.MaxRelativePositions;
        var hasBuckets = config.PositionBuckets > 0;
        var terms = 1 + (config.Has("c2p") ? 1 : 0) + (config.Has("p2c") ? 1 : 0);
        return stack with
        {
            PositionRows = 0,
            Blocks = stack.Blocks with
            {
                Attention = stack.Blocks.Attention with { Scale = 1 / Math.Sqrt((double)config.HiddenSize / config.NumAttentionHeads * terms) },
                Disentangled = new(config.HiddenSize, hasBuckets ? config.PositionBuckets : reach, reach, hasBuckets,
                    config.NormRelEbd == "layer_norm" ? norm : null, config.Has("c2p"), config.Has("p2c")),
            },
        };
    }

    /// <inheritdoc />
    protected override EncoderHeadOptions Heads(DebertaConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return base.Heads(config) with { SummaryActivation = config.PoolerHiddenAct };
    }
}
