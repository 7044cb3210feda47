using System.Globalization;
using System.Text.RegularExpressions;
using Plinth.Export.Shapes;

namespace Plinth.Export.Gguf;

/// <summary>BERT as GGUF: the encoder, for embeddings. llama.cpp has no place for its pre-training and task heads.</summary>
internal static partial class BertGguf
{
    private const string Name = "bert";

    public static void Fill(GgufPlan plan)
    {
        var source = plan.Source;
        var shape = EncoderShape.Read(source);
        if (source.Architecture is not ("BertModel" or "BertForMaskedLM" or "BertForPreTraining"))
        {
            throw source.Config.Wrong("architectures", $"names {source.Architecture}; as GGUF a BERT is an encoder for embeddings (BertModel, BertForMaskedLM, BertForPreTraining). Export it as ONNX with its head");
        }

        if (shape.Activation is not ("gelu" or "gelu_new" or "gelu_pytorch_tanh"))
        {
            throw source.Config.Wrong("hidden_act", $"is '{shape.Activation}'; llama.cpp's bert computes gelu only");
        }

        var pooling = SentencePooling.Read(source);
        plan.Begin(Name);
        Describe(plan.Metadata, shape, pooling);
        GgufTokenizer.Read(source, shape.VocabularySize).AddTo(plan);
        plan.Metadata.Add("tokenizer.ggml.token_type_count", (uint)shape.SegmentCount);
        plan.Matrix(source.Plan("token_embd.weight", "bert.embeddings.word_embeddings.weight", [shape.VocabularySize, shape.HiddenSize]));
        plan.Keep(source.Plan("position_embd.weight", "bert.embeddings.position_embeddings.weight", [shape.PositionCount, shape.HiddenSize]));
        plan.Keep(source.Plan("token_types.weight", "bert.embeddings.token_type_embeddings.weight", [shape.SegmentCount, shape.HiddenSize]));
        plan.Norm("token_embd_norm", "bert.embeddings.LayerNorm", shape.HiddenSize);
        for (var layer = 0; layer < shape.LayerCount; layer++)
        {
            AddLayer(plan, shape, string.Create(CultureInfo.InvariantCulture, $"blk.{layer}."), string.Create(CultureInfo.InvariantCulture, $"bert.encoder.layer.{layer}."));
        }

        source.RefuseUnused(Left());
        if (source.Unused(Buffers()) is { Count: > 0 } heads)
        {
            plan.Note($"The encoder alone is written; {heads.Count} weights of pooler and heads are left out, such as {heads[0]}.");
        }
    }

    private static void Describe(GgufMetadata metadata, EncoderShape shape, SentencePooling pooling)
    {
        metadata.Add($"{Name}.block_count", (uint)shape.LayerCount);
        metadata.Add($"{Name}.context_length", (uint)shape.PositionCount);
        metadata.Add($"{Name}.embedding_length", (uint)shape.HiddenSize);
        metadata.Add($"{Name}.feed_forward_length", (uint)shape.InnerSize);
        metadata.Add($"{Name}.attention.head_count", (uint)shape.HeadCount);
        metadata.Add($"{Name}.attention.layer_norm_epsilon", (float)shape.Epsilon);
        metadata.Add($"{Name}.attention.causal", false);
        metadata.Add($"{Name}.vocab_size", (uint)shape.VocabularySize);
        metadata.Add($"{Name}.pooling_type", pooling.Kind switch { PoolingKind.Mean => 1u, PoolingKind.First => 2u, _ => 0u });
    }

    private static void AddLayer(GgufPlan plan, EncoderShape shape, string ours, string theirs)
    {
        var hidden = shape.HiddenSize;
        plan.Linear(ours + "attn_q", theirs + "attention.self.query", hidden, hidden, hasBias: true);
        plan.Linear(ours + "attn_k", theirs + "attention.self.key", hidden, hidden, hasBias: true);
        plan.Linear(ours + "attn_v", theirs + "attention.self.value", hidden, hidden, hasBias: true);
        plan.Linear(ours + "attn_output", theirs + "attention.output.dense", hidden, hidden, hasBias: true);
        plan.Norm(ours + "attn_output_norm", theirs + "attention.output.LayerNorm", hidden);
        plan.Linear(ours + "ffn_up", theirs + "intermediate.dense", shape.InnerSize, hidden, hasBias: true);
        plan.Linear(ours + "ffn_down", theirs + "output.dense", hidden, shape.InnerSize, hasBias: true);
        plan.Norm(ours + "layer_output_norm", theirs + "output.LayerNorm", hidden);
    }

    [GeneratedRegex(@"^cls\.|^(bert\.)?pooler\.|^(bert\.)?embeddings\.position_ids$", RegexOptions.CultureInvariant)]
    private static partial Regex Left();

    [GeneratedRegex(@"^(bert\.)?embeddings\.position_ids$", RegexOptions.CultureInvariant)]
    private static partial Regex Buffers();
}
