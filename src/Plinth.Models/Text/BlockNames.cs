using Plinth.Core.Checkpoints;

namespace Plinth.Models.Text;

/// <summary>Weight names inside the blocks, in the conventions that several families share.</summary>
internal static class BlockNames
{
    private const string Block = "backbone.stack.blocks.layers.#.";

    /// <summary>As Megatron has them: BLOOM, Falcon, GPT-NeoX.</summary>
    /// <param name="layer">What stands before a block's names, for example <c>transformer.h.#.</c>.</param>
    /// <param name="attention">Its name for attention.</param>
    public static IReadOnlyList<KeyRule> Megatron(string layer, string attention) =>
    [
        new(Block + "attentionNorm.*", layer + "input_layernorm.*"),
        new(Block + "attention.fused.*", layer + attention + ".query_key_value.*"),
        new(Block + "attention.output.*", layer + attention + ".dense.*"),
        new(Block + "feedForwardNorm.*", layer + "post_attention_layernorm.*"),
        new(Block + "feedForward.up.*", layer + "mlp.dense_h_to_4h.*"),
        new(Block + "feedForward.down.*", layer + "mlp.dense_4h_to_h.*"),
    ];

    /// <summary>As OpenAI has them, matrices transposed: GPT-1, GPT-2.</summary>
    public static IReadOnlyList<KeyRule> OpenAi { get; } =
    [
        new(Block + "attentionNorm.*", "transformer.h.#.ln_1.*"),
        new(Block + "attention.fused.*", "transformer.h.#.attn.c_attn.*", WeightLayout.Transposed),
        new(Block + "attention.output.*", "transformer.h.#.attn.c_proj.*", WeightLayout.Transposed),
        new(Block + "feedForwardNorm.*", "transformer.h.#.ln_2.*"),
        new(Block + "feedForward.up.*", "transformer.h.#.mlp.c_fc.*", WeightLayout.Transposed),
        new(Block + "feedForward.down.*", "transformer.h.#.mlp.c_proj.*", WeightLayout.Transposed),
    ];

    /// <summary>As fairseq has them, positions included: BART, Marian, OPT.</summary>
    /// <param name="ours">Our name of the transformer, for example <c>backbone.stack.</c>.</param>
    /// <param name="theirs">Theirs, for example <c>model.decoder.</c>.</param>
    public static IReadOnlyList<KeyRule> Fairseq(string ours, string theirs) =>
    [
        new(ours + "positions.*", theirs + "embed_positions.*"),
        .. FairseqAttention(ours + "blocks.layers.#.attention.", theirs + "layers.#.self_attn."),
        new(ours + "blocks.layers.#.attentionNorm.*", theirs + "layers.#.self_attn_layer_norm.*"),
        new(ours + "blocks.layers.#.feedForward.up.*", theirs + "layers.#.fc1.*"),
        new(ours + "blocks.layers.#.feedForward.down.*", theirs + "layers.#.fc2.*"),
        new(ours + "blocks.layers.#.feedForwardNorm.*", theirs + "layers.#.final_layer_norm.*"),
    ];

    /// <summary>One attention of fairseq's.</summary>
    /// <param name="ours">What stands before our names.</param>
    /// <param name="theirs">What stands before theirs.</param>
    public static IReadOnlyList<KeyRule> FairseqAttention(string ours, string theirs) =>
    [
        new(ours + "query.*", theirs + "q_proj.*"),
        new(ours + "key.*", theirs + "k_proj.*"),
        new(ours + "value.*", theirs + "v_proj.*"),
        new(ours + "output.*", theirs + "out_proj.*"),
    ];

    /// <summary>As CLIP has them, in both of its towers: CLIP, SigLIP.</summary>
    /// <param name="theirs">What stands before a block's names, for example <c>text_model.encoder.layers.#.</c>.</param>
    public static IReadOnlyList<KeyRule> Clip(string theirs) =>
    [
        new(Block + "attentionNorm.*", theirs + "layer_norm1.*"),
        .. FairseqAttention(Block + "attention.", theirs + "self_attn."),
        new(Block + "feedForwardNorm.*", theirs + "layer_norm2.*"),
        new(Block + "feedForward.up.*", theirs + "mlp.fc1.*"),
        new(Block + "feedForward.down.*", theirs + "mlp.fc2.*"),
    ];
}
