using System.Text.Json.Nodes;
using Plinth.Core;
using Plinth.Core.Checkpoints;

namespace Plinth.Models.Text.Llama;

/// <summary>Llama: a decoder with rotary positions, root-mean-square norms and gated feed-forward networks.</summary>
public sealed class LlamaFamily : ModelFamily
{
    /// <inheritdoc />
    public override string ModelType => "llama";

    /// <inheritdoc />
    public override string Paper => "Touvron et al. 2023, arXiv:2302.13971";

    /// <inheritdoc />
    public override bool IsCausal => true;

    /// <inheritdoc />
    public override IReadOnlyDictionary<HeadKind, string> Architectures { get; } = new Dictionary<HeadKind, string>
    {
        [HeadKind.None] = "LlamaModel",
        [HeadKind.CausalLanguageModeling] = "LlamaForCausalLM",
        [HeadKind.SequenceClassification] = "LlamaForSequenceClassification",
    };

    /// <inheritdoc />
    public override KeyMap Keys { get; } = new(
        [
            new("backbone.tokens.*", "model.embed_tokens.*"),
            new("backbone.decoder.layers.#.attentionNorm.*", "model.layers.#.input_layernorm.*"),
            new("backbone.decoder.layers.#.attention.query.*", "model.layers.#.self_attn.q_proj.*"),
            new("backbone.decoder.layers.#.attention.key.*", "model.layers.#.self_attn.k_proj.*"),
            new("backbone.decoder.layers.#.attention.value.*", "model.layers.#.self_attn.v_proj.*"),
            new("backbone.decoder.layers.#.attention.output.*", "model.layers.#.self_attn.o_proj.*"),
            new("backbone.decoder.layers.#.feedForwardNorm.*", "model.layers.#.post_attention_layernorm.*"),
            new("backbone.decoder.layers.#.feedForward.gate.*", "model.layers.#.mlp.gate_proj.*"),
            new("backbone.decoder.layers.#.feedForward.up.*", "model.layers.#.mlp.up_proj.*"),
            new("backbone.decoder.layers.#.feedForward.down.*", "model.layers.#.mlp.down_proj.*"),
            new("backbone.finalNorm.*", "model.norm.*"),
            new("head.output.*", "lm_head.*"),
            new("head.score.*", "score.*"),
        ],
        prefix: "model.",
        ignored: ["model.layers.#.self_attn.rotary_emb.inv_freq", "layers.#.self_attn.rotary_emb.inv_freq", "lm_head.weight"]);

    /// <inheritdoc />
    public override ModelConfig ReadConfig(JsonObject json, string source)
    {
        var config = ModelConfig.Read<LlamaConfig>(json, source);
        ConfigRules.Require(source, config.RopeScaling is null, "rope_scaling", config.RopeScaling?.ToJsonString() ?? "null", "null");
        ConfigRules.Sizes(source, ("vocab_size", config.VocabSize), ("hidden_size", config.HiddenSize), ("num_hidden_layers", config.NumHiddenLayers),
            ("num_attention_heads", config.NumAttentionHeads), ("num_key_value_heads", config.NumKeyValueHeads ?? 1), ("head_dim", config.HeadDim ?? 1),
            ("intermediate_size", config.IntermediateSize), ("max_position_embeddings", config.MaxPositionEmbeddings));
        return config;
    }

    /// <inheritdoc />
    public override ModelConfig Shape(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return new LlamaConfig
        {
            VocabSize = shape.VocabularySize,
            HiddenSize = shape.HiddenSize,
            NumHiddenLayers = shape.LayerCount,
            NumAttentionHeads = shape.HeadCount,
            // Two thirds of four times the width, in multiples of 32: three matrices then weigh as much as the usual two.
            IntermediateSize = ((8 * shape.HiddenSize / 3) + 31) / 32 * 32,
            MaxPositionEmbeddings = shape.MaximumLength,
        };
    }

    /// <inheritdoc />
    public override Backbone BuildBackbone(ModelConfig config) => new LlamaBackbone((LlamaConfig)config);

    /// <inheritdoc />
    public override ModelHead BuildHead(HeadKind kind, ModelConfig config)
    {
        var llama = (LlamaConfig)config;
        return kind switch
        {
            HeadKind.CausalLanguageModeling => llama.TieWordEmbeddings ? new VocabularyHead() : new VocabularyHead(llama.HiddenSize, llama.VocabSize),
            HeadKind.SequenceClassification => new LastTokenHead(llama.HiddenSize, llama.LabelCount, llama.PadTokenId),
            _ => throw NoHead(kind),
        };
    }
}
