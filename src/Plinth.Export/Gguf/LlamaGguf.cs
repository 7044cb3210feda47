using System.Globalization;
using System.Text.RegularExpressions;
using Plinth.Export.Shapes;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Export.Gguf;

/// <summary>Llama, Mistral, Qwen 2 and Qwen 3 as GGUF.</summary>
internal static partial class LlamaGguf
{
    public static void Fill(GgufPlan plan)
    {
        var source = plan.Source;
        var shape = LlamaShape.Read(source);
        if (shape.Window is not null)
        {
            throw source.Config.Wrong("sliding_window", $"is {shape.Window}, shorter than the text that the model reads; llama.cpp's '{Name(source.ModelType)}' attends to everything");
        }

        if (shape.Rotary is { Kind: "yarn", HasOwnMagnitude: true })
        {
            throw source.Config.Wrong("rope_scaling: attention_factor", $"is {shape.Rotary.Magnitude}; llama.cpp computes it from the factor");
        }

        var name = Name(source.ModelType);
        plan.Begin(name);
        Describe(plan.Metadata, name, shape);
        GgufTokenizer.Read(source, shape.VocabularySize).AddTo(plan);
        AddTensors(plan, shape);
        source.RefuseUnused(shape.IsTied ? TiedBuffers() : Buffers());
    }

    // Mistral is Llama there.
    private static string Name(string modelType) => modelType == "mistral" ? "llama" : modelType;

    private static void Describe(GgufMetadata metadata, string name, LlamaShape shape)
    {
        metadata.Add($"{name}.block_count", (uint)shape.LayerCount);
        metadata.Add($"{name}.context_length", (uint)shape.PositionCount);
        metadata.Add($"{name}.embedding_length", (uint)shape.HiddenSize);
        metadata.Add($"{name}.feed_forward_length", (uint)shape.InnerSize);
        metadata.Add($"{name}.attention.head_count", (uint)shape.HeadCount);
        metadata.Add($"{name}.attention.head_count_kv", (uint)shape.KeyHeadCount);
        metadata.Add($"{name}.attention.key_length", (uint)shape.HeadSize);
        metadata.Add($"{name}.attention.value_length", (uint)shape.HeadSize);
        metadata.Add($"{name}.attention.layer_norm_rms_epsilon", (float)shape.Epsilon);
        metadata.Add($"{name}.vocab_size", (uint)shape.VocabularySize);
        metadata.Add($"{name}.rope.dimension_count", (uint)shape.HeadSize);
        metadata.Add($"{name}.rope.freq_base", (float)shape.Rotary.Base);
        switch (shape.Rotary.Kind)
        {
            case "linear":
                metadata.Add($"{name}.rope.scaling.type", "linear");
                metadata.Add($"{name}.rope.scaling.factor", (float)shape.Rotary.Factor);
                break;
            case "yarn":
                metadata.Add($"{name}.rope.scaling.type", "yarn");
                metadata.Add($"{name}.rope.scaling.factor", (float)shape.Rotary.Factor);
                metadata.Add($"{name}.rope.scaling.original_context_length", (uint)shape.Rotary.OriginalPositionCount);
                metadata.Add($"{name}.rope.scaling.yarn_beta_fast", (float)shape.Rotary.BetaFast);
                metadata.Add($"{name}.rope.scaling.yarn_beta_slow", (float)shape.Rotary.BetaSlow);
                break;
        }
    }

    private static void AddTensors(GgufPlan plan, LlamaShape shape)
    {
        var source = plan.Source;
        plan.Matrix(source.Plan("token_embd.weight", "model.embed_tokens.weight", [shape.VocabularySize, shape.HiddenSize]), isOutput: shape.IsTied);
        if (!shape.IsTied)
        {
            plan.Matrix(source.Plan("output.weight", "lm_head.weight", [shape.VocabularySize, shape.HiddenSize]), isOutput: true);
        }

        plan.Norm("output_norm", "model.norm", shape.HiddenSize, hasBias: false);
        if (shape.Rotary.Kind == "llama3")
        {
            plan.Keep(new("rope_freqs.weight", [shape.HeadSize / 2], () => tensor(shape.Rotary.Llama3Divisors(shape.HeadSize))));
        }

        for (var layer = 0; layer < shape.LayerCount; layer++)
        {
            AddLayer(plan, shape, string.Create(CultureInfo.InvariantCulture, $"blk.{layer}."), string.Create(CultureInfo.InvariantCulture, $"model.layers.{layer}."));
        }
    }

    private static void AddLayer(GgufPlan plan, LlamaShape shape, string ours, string theirs)
    {
        // llama.cpp turns neighbouring numbers of Llama's heads, the reference the halves of a head; Qwen's it turns as the reference does.
        var isPaired = Name(plan.Source.ModelType) == "llama";
        var keySize = (long)shape.KeyHeadCount * shape.HeadSize;
        var querySize = (long)shape.HeadCount * shape.HeadSize;
        plan.Norm(ours + "attn_norm", theirs + "input_layernorm", shape.HiddenSize, hasBias: false);
        plan.Linear(ours + "attn_q", theirs + "self_attn.q_proj", querySize, shape.HiddenSize, shape.HasInputBias, isPaired ? rows => PairRows(rows, shape.HeadCount) : null);
        plan.Linear(ours + "attn_k", theirs + "self_attn.k_proj", keySize, shape.HiddenSize, shape.HasInputBias, isPaired ? rows => PairRows(rows, shape.KeyHeadCount) : null);
        plan.Linear(ours + "attn_v", theirs + "self_attn.v_proj", keySize, shape.HiddenSize, shape.HasInputBias);
        plan.Linear(ours + "attn_output", theirs + "self_attn.o_proj", shape.HiddenSize, querySize, shape.HasOutputBias);
        if (shape.HasHeadNorm)
        {
            plan.Norm(ours + "attn_q_norm", theirs + "self_attn.q_norm", shape.HeadSize, hasBias: false);
            plan.Norm(ours + "attn_k_norm", theirs + "self_attn.k_norm", shape.HeadSize, hasBias: false);
        }

        plan.Norm(ours + "ffn_norm", theirs + "post_attention_layernorm", shape.HiddenSize, hasBias: false);
        plan.Linear(ours + "ffn_gate", theirs + "mlp.gate_proj", shape.InnerSize, shape.HiddenSize, shape.HasInnerBias);
        plan.Linear(ours + "ffn_up", theirs + "mlp.up_proj", shape.InnerSize, shape.HiddenSize, shape.HasInnerBias);
        plan.Linear(ours + "ffn_down", theirs + "mlp.down_proj", shape.HiddenSize, shape.InnerSize, shape.HasInnerBias);
    }

    /// <summary>Puts row i of a head's first half beside row i of its second half.</summary>
    internal static Tensor PairRows(Tensor rows, int headCount)
    {
        var shape = rows.shape;
        return rows.reshape([headCount, 2, shape[0] / headCount / 2, .. shape[1..]]).transpose(1, 2).reshape(shape);
    }

    [GeneratedRegex(@"rotary_emb\.inv_freq$", RegexOptions.CultureInvariant)]
    private static partial Regex Buffers();

    [GeneratedRegex(@"rotary_emb\.inv_freq$|^lm_head\.weight$", RegexOptions.CultureInvariant)]
    private static partial Regex TiedBuffers();
}
