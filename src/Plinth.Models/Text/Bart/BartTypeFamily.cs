using System.Text.Json;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Layers.Attention;
using Plinth.Layers.Blocks;
using Plinth.Layers.Norms;
using Plinth.Models.Text.Heads;
using Plinth.Models.Text.Stacks;

namespace Plinth.Models.Text.Bart;

/// <summary>The original transformer's form, norms after each sum, with BART's names for its weights.</summary>
/// <typeparam name="TConfig">The fields of config.json.</typeparam>
public abstract class BartTypeFamily<TConfig> : SequenceToSequenceFamily<TConfig> where TConfig : BartTypeConfig, new()
{
    // Switches of old files that the reference no longer reads; on, they once meant another network.
    private static readonly string[] otherForms = ["normalize_before", "add_final_layer_norm", "add_bias_logits"];

    private readonly Lazy<KeyMap> keys;

    /// <summary>Makes the family.</summary>
    protected BartTypeFamily() => keys = new(Map);

    /// <inheritdoc />
    public sealed override KeyMap Keys => keys.Value;

    /// <summary>Entries of old files that are computed and carry nothing.</summary>
    protected virtual IReadOnlyList<string> Computed => [];

    /// <summary>The form of one of the two parts.</summary>
    /// <param name="config">Its config.</param>
    /// <param name="blocks">How many blocks.</param>
    /// <param name="heads">Attention heads of a block.</param>
    /// <param name="inner">Width inside its feed-forward network.</param>
    /// <param name="writes">Whether it is the part that writes.</param>
    protected virtual StackOptions Part(TConfig config, int blocks, int heads, int inner, bool writes)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new()
        {
            MaximumLength = config.MaxPositionEmbeddings,
            EmbeddingScale = config.ScaleEmbedding ? Math.Sqrt(config.DModel) : 1,
            EmbeddingDropout = config.Dropout,
            InitializerRange = config.InitStd,
            Blocks = new()
            {
                BlockCount = blocks,
                Norm = new NormOptions(),
                Placement = NormPlacement.After,
                Dropout = config.Dropout,
                HasMemory = writes,
                FeedForward = new() { HiddenSize = config.DModel, InnerSize = inner, Activation = config.ActivationFunction },
                Attention = new()
                {
                    HiddenSize = config.DModel,
                    HeadCount = heads,
                    Pattern = writes ? AttentionPattern.Causal : AttentionPattern.Bidirectional,
                    Dropout = config.AttentionDropout,
                },
            },
        };
    }

    /// <inheritdoc />
    protected sealed override StackOptions Stack(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Part(config, config.EncoderLayers, config.EncoderAttentionHeads, config.EncoderFfnDim, writes: false);
    }

    /// <inheritdoc />
    protected sealed override StackOptions DecoderStack(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Part(config, config.DecoderLayers, config.DecoderAttentionHeads, config.DecoderFfnDim, writes: true);
    }

    /// <inheritdoc />
    protected sealed override VocabularyHeadOptions Vocabulary(TConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new() { HiddenSize = config.DModel, VocabularySize = config.VocabSize, HasBias = true, IsBiasFixedRow = true };
    }

    /// <inheritdoc />
    protected override void Check(TConfig config, ConfigRules rules)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rules);
        rules.Require(config.TieWordEmbeddings != false, "tie_word_embeddings", false, "true");
        rules.Require(config.ShareEncoderDecoderEmbeddings != false, "share_encoder_decoder_embeddings", false, "true");
        rules.Require(config.DecoderVocabSize is null || config.DecoderVocabSize == config.VocabSize, "decoder_vocab_size", config.DecoderVocabSize, "vocab_size");
        foreach (var name in otherForms)
        {
            rules.Require(!(config.Extra.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.True), name, true, "false");
        }
    }

    /// <inheritdoc />
    protected override TConfig ShapeOf(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new TConfig() with
        {
            VocabSize = shape.VocabularySize,
            DModel = shape.HiddenSize,
            EncoderLayers = shape.LayerCount,
            DecoderLayers = shape.LayerCount,
            EncoderAttentionHeads = shape.HeadCount,
            DecoderAttentionHeads = shape.HeadCount,
            EncoderFfnDim = 4 * shape.HiddenSize,
            DecoderFfnDim = 4 * shape.HiddenSize,
            MaxPositionEmbeddings = shape.MaximumLength,
            DecoderStartTokenId = null,
            ForcedEosTokenId = null,
            Dropout = 0,
        };
    }

    private KeyMap Map() => new(
        [
            new("backbone.tokens.*", "model.shared.*"),
            new("backbone.encoder.embeddingNorm.*", "model.encoder.layernorm_embedding.*"),
            new("backbone.decoder.embeddingNorm.*", "model.decoder.layernorm_embedding.*"),
            .. BlockNames.Fairseq("backbone.encoder.", "model.encoder."),
            .. BlockNames.Fairseq("backbone.decoder.", "model.decoder."),
            .. BlockNames.FairseqAttention("backbone.decoder.blocks.layers.#.memoryAttention.", "model.decoder.layers.#.encoder_attn."),
            new("backbone.decoder.blocks.layers.#.memoryNorm.*", "model.decoder.layers.#.encoder_attn_layer_norm.*"),
            new("head.bias", "final_logits_bias"),
        ],
        prefix: "model.",
        ignored:
        [
            "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight",
            "lm_head.weight", .. Computed,
        ]);
}
