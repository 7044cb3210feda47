using Plinth.Core.Checkpoints;
using Plinth.Export;
using Plinth.Export.Gguf;
using Plinth.Export.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Export;

public sealed class GgufExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly DisposeScope scope = NewDisposeScope();

    // The place of each weight of a two-layer Llama: ours in the file, the reference's in the folder.
    private static readonly (string Ours, string Theirs)[] llamaNames =
    [
        ("token_embd.weight", "model.embed_tokens.weight"), ("output.weight", "lm_head.weight"), ("output_norm.weight", "model.norm.weight"),
        .. Enumerable.Range(0, 2).SelectMany(layer => ((string Ours, string Theirs)[])[
            ("attn_norm", "input_layernorm"), ("attn_q", "self_attn.q_proj"), ("attn_k", "self_attn.k_proj"), ("attn_v", "self_attn.v_proj"),
            ("attn_output", "self_attn.o_proj"), ("ffn_norm", "post_attention_layernorm"), ("ffn_gate", "mlp.gate_proj"), ("ffn_up", "mlp.up_proj"),
            ("ffn_down", "mlp.down_proj")], (layer, pair) => ($"blk.{layer}.{pair.Ours}.weight", $"model.layers.{layer}.{pair.Theirs}.weight")),
    ];

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_llama_in_f32_reads_back_with_equal_weights()
    {
        using var golden = GoldenCase.Open("llama-lm");
        using var file = Export(golden.Folder, GgufType.F32);
        using var weights = WeightFiles.Open(golden.Folder);
        Assert.Equal(weights.Entries.Count, file.Entries.Count);
        foreach (var (ours, theirs) in llamaNames)
        {
            AssertEqual(weights.Read(theirs), Restored(file, ours));
        }
    }

    [Fact]
    public void A_llama_carries_the_keys_that_readers_need()
    {
        using var golden = GoldenCase.Open("llama-lm");
        using var file = Export(golden.Folder, GgufType.Q8_0);
        var metadata = file.Metadata;
        Assert.Equal(3, file.Version);
        Assert.Equal("llama", metadata["general.architecture"]);
        Assert.Equal(7u, metadata["general.file_type"]);
        Assert.Equal(2u, metadata["llama.block_count"]);
        Assert.Equal(64u, metadata["llama.context_length"]);
        Assert.Equal(32u, metadata["llama.embedding_length"]);
        Assert.Equal(56u, metadata["llama.feed_forward_length"]);
        Assert.Equal(4u, metadata["llama.attention.head_count"]);
        Assert.Equal(2u, metadata["llama.attention.head_count_kv"]);
        Assert.Equal(8u, metadata["llama.rope.dimension_count"]);
        Assert.Equal(10_000f, metadata["llama.rope.freq_base"]);
        Assert.Equal(1e-6f, metadata["llama.attention.layer_norm_rms_epsilon"]);
        Assert.Equal(187u, metadata["llama.vocab_size"]);
        Assert.Equal("no_vocab", metadata["tokenizer.ggml.model"]);
    }

    [Fact]
    public void Rows_of_queries_are_paired_as_llama_cpp_turns_them()
    {
        // One head of 4 rows: its halves (0, 1) and (2, 3) become the pairs (0, 2) and (1, 3).
        var rows = tensor([0f, 1, 2, 3, 10, 11, 12, 13]).reshape(8, 1);
        Assert.Equal([0, 2, 1, 3, 10, 12, 11, 13], LlamaGguf.PairRows(rows, 2).contiguous().data<float>().ToArray());
    }

    [Theory]
    [InlineData(GgufType.F16, 0.01)]
    [InlineData(GgufType.BF16, 0.08)]
    [InlineData(GgufType.Q8_0, 0.15)]
    [InlineData(GgufType.Q4_0, 3)]
    public void Logits_from_the_decoded_weights_are_near_the_reference_s(GgufType type, float tolerance)
    {
        using var golden = GoldenCase.Open("llama-lm");
        using var file = Export(golden.Folder, type);
        CheckpointCopy.Write(golden.Folder, folder.Path("decoded"), weights =>
        {
            foreach (var (ours, theirs) in llamaNames)
            {
                weights[theirs] = Restored(file, ours);
            }
        });
        OnnxExport.Write(folder.Path("decoded"), folder.Path("decoded.onnx"), cancellation: TestContext.Current.CancellationToken);
        using var session = OnnxEngine.Open(folder.Path("decoded.onnx"));
        var worst = golden.WorstDifference("logits", OnnxEngine.Run(session, golden.InputsFor(session))["logits"]);
        // Not zero: the type has to have been used.
        Assert.InRange(worst, tolerance / 100, tolerance);
    }

    [Fact]
    public void Norms_stay_f32_and_rows_that_are_no_blocks_become_f16()
    {
        using var golden = GoldenCase.Open("llama-lm");
        using var file = Export(golden.Folder, GgufType.Q4_0, out var report);
        Assert.Equal(GgufType.Q4_0, file.Entries["blk.0.attn_q.weight"].Type);
        Assert.Equal(GgufType.Q8_0, file.Entries["output.weight"].Type);
        Assert.Equal(GgufType.F32, file.Entries["blk.0.attn_norm.weight"].Type);
        Assert.Equal(GgufType.F16, file.Entries["blk.1.ffn_down.weight"].Type);
        Assert.Contains(report.Notes, note => note.Contains("blk.1.ffn_down.weight", StringComparison.Ordinal));
        Assert.All(file.Entries.Values, entry => Assert.Equal(0, entry.Offset % 32));
    }

    [Fact]
    public void Gpt2_is_transposed_and_keeps_its_positions_f32()
    {
        using var golden = GoldenCase.Open("gpt2-lm");
        using var file = Export(golden.Folder, GgufType.F32);
        using var weights = WeightFiles.Open(golden.Folder);
        Assert.Equal([96, 32], file.Entries["blk.0.attn_qkv.weight"].Shape);
        AssertEqual(weights.Read("transformer.h.0.attn.c_attn.weight").t(), file.Read("blk.0.attn_qkv.weight"));
        AssertEqual(weights.Read("transformer.h.1.mlp.c_proj.weight").t(), file.Read("blk.1.ffn_down.weight"));
        AssertEqual(weights.Read("transformer.wpe.weight"), file.Read("position_embd.weight"));
        Assert.False(file.Entries.ContainsKey("output.weight"));
        Assert.Equal(1e-5f, file.Metadata["gpt2.attention.layer_norm_epsilon"]);
    }

    [Fact]
    public void Bert_is_an_encoder_that_says_what_it_leaves_out()
    {
        using var golden = GoldenCase.Open("bert-masked-lm");
        using var file = Export(golden.Folder, GgufType.F16, out var report);
        Assert.Equal(false, file.Metadata["bert.attention.causal"]);
        Assert.Equal(0u, file.Metadata["bert.pooling_type"]);
        Assert.Equal([2, 32], file.Entries["token_types.weight"].Shape);
        Assert.Contains(report.Notes, note => note.Contains("cls.predictions", StringComparison.Ordinal));
    }

    [Fact]
    public void A_sentence_encoder_says_how_it_pools()
    {
        using var golden = GoldenCase.Open("sentence-transformers-mean");
        using var file = Export(golden.Folder, GgufType.F32);
        Assert.Equal(1u, file.Metadata["bert.pooling_type"]);
    }

    [Fact]
    public void Llama_3_s_stretching_is_a_tensor()
    {
        using var golden = GoldenCase.Open("llama-lm-llama3rope");
        using var file = Export(golden.Folder, GgufType.F16);
        var factors = file.Read("rope_freqs.weight").data<float>().ToArray();
        Assert.Equal(8, factors.Length);
        // The fastest pair turns once in 2π: its blend is (16/2π − 1)/(4 − 1) = 0.5155, and 1/((1 − 0.5155)/8 + 0.5155) = 1.7359.
        Assert.Equal(1.7359f, factors[0], 1e-4f);
        Assert.Equal(8, factors[^1]);
    }

    [Theory]
    [InlineData("bert-sequence-classification", "BertForSequenceClassification")]
    [InlineData("gpt2-lm-rightpad", "scale_attn_by_inverse_layer_idx")]
    [InlineData("mistral-lm", "sliding_window")]
    [InlineData("llama-lm-dynamicrope", "rope_type is 'dynamic'")]
    [InlineData("t5-translation", "model_type is 't5'")]
    public void What_cannot_be_exported_is_refused_by_name(string name, string named)
    {
        using var golden = GoldenCase.Open(name);
        var error = Assert.Throws<ExportException>(() => GgufExport.Write(golden.Folder, folder.Path("x.gguf"), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void A_yarn_of_its_own_strength_is_refused_by_name()
    {
        using var golden = GoldenCase.Open("llama-lm-yarn");
        CheckpointCopy.Write(golden.Folder, folder.Path("model"), changeConfig: config => config["rope_scaling"]!["attention_factor"] = 1.5);
        var error = Assert.Throws<ExportException>(() => GgufExport.Write(folder.Path("model"), folder.Path("x.gguf"), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("attention_factor", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_is_refused_with_the_way_out()
    {
        using var golden = GoldenCase.Open("lora-llama-lm");
        var error = Assert.Throws<ExportException>(() => GgufExport.Write(Path.Combine(golden.Folder, "adapter"), folder.Path("x.gguf"), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("plinth merge", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_that_the_type_cannot_hold_is_refused_with_its_weight()
    {
        using var golden = GoldenCase.Open("llama-lm");
        CheckpointCopy.Write(golden.Folder, folder.Path("model"), weights => weights["lm_head.weight"][3, 4] = 1e5f);
        var error = Assert.Throws<ExportException>(() => GgufExport.Write(folder.Path("model"), folder.Path("x.gguf"), new() { Type = GgufType.F16 }, TestContext.Current.CancellationToken));
        Assert.Contains("'output.weight' holds 100000", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    private static void AssertEqual(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.Equal(expected.contiguous().data<float>().ToArray(), actual.contiguous().data<float>().ToArray());
    }

    private GgufFile Export(string checkpoint, GgufType type) => Export(checkpoint, type, out _);

    private GgufFile Export(string checkpoint, GgufType type, out ExportReport report)
    {
        report = GgufExport.Write(checkpoint, folder.Path("model.gguf"), new() { Type = type }, TestContext.Current.CancellationToken);
        return GgufFile.Open(folder.Path("model.gguf"));
    }

    // The pairing undone by the plain rule: row 2i of a head is row i of its first half, row 2i + 1 of its second.
    private static Tensor Restored(GgufFile file, string ours)
    {
        var read = file.Read(ours);
        var heads = ours.Contains("attn_q", StringComparison.Ordinal) ? 4 : ours.Contains("attn_k", StringComparison.Ordinal) ? 2 : 0;
        if (heads == 0)
        {
            return read;
        }

        var half = read.size(0) / heads / 2;
        var order = Enumerable.Range(0, heads).SelectMany(head => Enumerable.Range(0, (int)half * 2).Select(row => (head * half * 2) + (row < half ? 2 * row : (2 * (row - half)) + 1))).ToArray();
        return read.index_select(0, tensor(order));
    }
}
