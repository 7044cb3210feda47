using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.T5;

/// <summary>T5 and its version 1.1: every task as text in, text out.</summary>
public sealed class T5Family : SequenceToSequenceFamily<T5Config>
{
    /// <inheritdoc />
    public override string Paper => "Raffel et al. 2019, arXiv:1910.10683; version 1.1 also Shazeer 2020, arXiv:2002.05202";

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = HeadNames.Of("T5", HeadKind.None, HeadKind.SequenceToSequence);

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "shared.*"),
            .. Part("backbone.encoder.", "encoder.", feedForward: 1),
            .. Part("backbone.decoder.", "decoder.", feedForward: 2),
            .. Attention("backbone.decoder.blocks.layers.#.memoryAttention.", "decoder.block.#.layer.1.EncDecAttention."),
            new("backbone.decoder.blocks.layers.#.memoryNorm.*", "decoder.block.#.layer.1.layer_norm.*"),
            new("head.output.*", "lm_head.*"),
        ],
        prefix: "",
        // The biases between decoder and encoder are in the first published files, and nothing has ever read them.
        ignored:
        [
            "encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight",
            "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight",
        ]);

    /// <inheritdoc />
    public override Backbone BuildBackbone(ModelConfig config)
    {
        var backbone = base.BuildBackbone(config);
        var t5 = (T5Config)config;
        // Scores are not scaled, so the queries' weights have to be small from the start.
        double hidden = t5.DModel, heads = t5.NumHeads * t5.DKv;
        foreach (var (name, parameter) in backbone.named_parameters().Where(p => p.parameter.dim() > 1))
        {
            var deviation = name.StartsWith("tokens.", StringComparison.Ordinal) ? 1
                : name.Contains("ttention.query.", StringComparison.Ordinal) ? 1 / Math.Sqrt(hidden * t5.DKv)
                : name.Contains("ttention.output.", StringComparison.Ordinal) ? 1 / Math.Sqrt(heads)
                : name.Contains(".down.", StringComparison.Ordinal) ? 1 / Math.Sqrt(t5.DFf)
                : 1 / Math.Sqrt(hidden);
            Initialization.Normal(parameter, t5.InitializerFactor * deviation);
        }

        return backbone;
    }

    /// <inheritdoc />
    protected override void Check(T5Config config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(config.RelativeAttentionNumBuckets >= 4, "relative_attention_num_buckets", config.RelativeAttentionNumBuckets, "4 or more");
        rules.Require(
            config.RelativeAttentionMaxDistance > config.RelativeAttentionNumBuckets / 2,
            "relative_attention_max_distance", config.RelativeAttentionMaxDistance, "more than half of the buckets");
    }

    /// <inheritdoc />
    protected override StackOptions Stack(T5Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Part(config, config.NumLayers, writes: false);
    }

    /// <inheritdoc />
    protected override StackOptions DecoderStack(T5Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Part(config, config.NumDecoderLayers ?? config.NumLayers, writes: true);
    }

    /// <inheritdoc />
    protected override VocabularyHeadOptions Vocabulary(T5Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var isTied = config.TieWordEmbeddings ?? true;
        return new() { HiddenSize = config.DModel, VocabularySize = config.VocabSize, IsTied = isTied, Scale = isTied ? 1 / Math.Sqrt(config.DModel) : 1 };
    }

    /// <inheritdoc />
    protected override T5Config ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new()
        {
            VocabSize = shape.VocabularySize,
            DModel = shape.HiddenSize,
            DKv = shape.HiddenSize / shape.HeadCount,
            DFf = 4 * shape.HiddenSize,
            NumLayers = shape.LayerCount,
            NumDecoderLayers = shape.LayerCount,
            NumHeads = shape.HeadCount,
            DropoutRate = 0,
        };
    }

    private static StackOptions Part(T5Config config, int blocks, bool writes)
    {
        var norm = NormOptions.RootMeanSquare(config.LayerNormEpsilon);
        return new()
        {
            MaximumLength = StackOptions.Unbounded,
            EmbeddingDropout = config.DropoutRate,
            FinalNorm = norm,
            Blocks = new()
            {
                BlockCount = blocks,
                Norm = norm,
                Dropout = config.DropoutRate,
                HasMemory = writes,
                RelativeBuckets = new(config.RelativeAttentionNumBuckets, config.RelativeAttentionMaxDistance, IsBidirectional: !writes, config.NumHeads),
                FeedForward = new()
                {
                    HiddenSize = config.DModel, InnerSize = config.DFf, Activation = config.Activation, HasBias = false, IsGated = config.IsGated, HasValueMap = config.IsGated,
                },
                Attention = new()
                {
                    HiddenSize = config.DModel,
                    HeadCount = config.NumHeads,
                    HeadSize = config.DKv,
                    HasBias = false,
                    HasOutputBias = false,
                    Scale = 1,
                    Pattern = writes ? AttentionPattern.Causal : AttentionPattern.Bidirectional,
                    Dropout = config.DropoutRate,
                },
            },
        };
    }

    private static IEnumerable<KeyRule> Part(string ours, string theirs, int feedForward)
    {
        var dense = $"{theirs}block.#.layer.{feedForward}.";
        return
        [
            .. Attention(ours + "blocks.layers.#.attention.", theirs + "block.#.layer.0.SelfAttention."),
            new(ours + "blocks.relative.table.*", theirs + "block.0.layer.0.SelfAttention.relative_attention_bias.*"),
            new(ours + "blocks.layers.#.attentionNorm.*", theirs + "block.#.layer.0.layer_norm.*"),
            new(ours + "blocks.layers.#.feedForward.up.*", dense + "DenseReluDense.wi.*"),
            new(ours + "blocks.layers.#.feedForward.gate.*", dense + "DenseReluDense.wi_0.*"),
            new(ours + "blocks.layers.#.feedForward.value.*", dense + "DenseReluDense.wi_1.*"),
            new(ours + "blocks.layers.#.feedForward.down.*", dense + "DenseReluDense.wo.*"),
            new(ours + "blocks.layers.#.feedForwardNorm.*", dense + "layer_norm.*"),
            new(ours + "finalNorm.*", theirs + "final_layer_norm.*"),
        ];
    }

    private static IEnumerable<KeyRule> Attention(string ours, string theirs) =>
    [
        new(ours + "query.*", theirs + "q.*"),
        new(ours + "key.*", theirs + "k.*"),
        new(ours + "value.*", theirs + "v.*"),
        new(ours + "output.*", theirs + "o.*"),
    ];
}
