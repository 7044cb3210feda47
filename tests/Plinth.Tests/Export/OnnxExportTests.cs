using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Plinth.Core;
using Plinth.Export;
using Plinth.Export.Onnx;

namespace Plinth.Tests.Export;

public sealed class OnnxExportTests : IDisposable
{
    private const float Tolerance = 1e-4f;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("bert-base", "last_hidden_state", "pooler_output")]
    [InlineData("bert-masked-lm", "logits")]
    [InlineData("bert-masked-lm-legacynames", "logits")]
    [InlineData("bert-pretraining", "prediction_logits", "seq_relationship_logits")]
    [InlineData("bert-sequence-classification", "logits")]
    [InlineData("bert-sequence-classification-ptbin", "logits")]
    [InlineData("bert-sequence-regression", "logits")]
    [InlineData("bert-token-classification", "logits")]
    [InlineData("bert-question-answering", "start_logits", "end_logits")]
    [InlineData("roberta-masked-lm", "logits")]
    [InlineData("roberta-sequence-classification", "logits")]
    [InlineData("xlm-roberta-token-classification", "logits")]
    [InlineData("distilbert-masked-lm", "logits")]
    [InlineData("distilbert-sequence-classification", "logits")]
    [InlineData("sentence-transformers-mean", "last_hidden_state", "sentence_embedding")]
    [InlineData("gpt2-lm", "logits")]
    [InlineData("gpt2-lm-rightpad", "logits")]
    [InlineData("gpt2-lm-hubnames", "logits")]
    [InlineData("gpt2-lm-sharded", "logits")]
    [InlineData("llama-lm", "logits")]
    [InlineData("llama-lm-bf16file", "logits")]
    [InlineData("llama-lm-linearrope", "logits")]
    [InlineData("llama-lm-llama3rope", "logits")]
    [InlineData("llama-lm-yarn", "logits")]
    [InlineData("mistral-lm", "logits")]
    [InlineData("qwen2-lm", "logits")]
    [InlineData("qwen3-lm", "logits")]
    public void An_exported_model_computes_the_reference_s_numbers(string name, params string[] outputs)
    {
        using var golden = GoldenCase.Open(name);
        using var session = Export(golden.Folder);
        var results = OnnxEngine.Run(session, golden.InputsFor(session));
        Assert.All(outputs, output => Assert.InRange(golden.WorstDifference(output, results[output]), 0, Tolerance));
    }

    [Theory]
    [InlineData("gpt2-lm")]
    [InlineData("llama-lm")]
    [InlineData("mistral-lm")]
    public void With_a_cache_one_token_at_a_time_gives_the_numbers_of_the_whole(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var session = Export(golden.Folder, new() { WithCache = true });
        var (ids, shape) = golden.Longs("input_ids");
        var (mask, _) = golden.Longs("attention_mask");
        var (positions, _) = golden.Longs("position_ids");
        var (batch, length) = (shape[0], shape[1]);
        var cache = session.InputMetadata.Where(input => input.Key.StartsWith("past_key_values.", StringComparison.Ordinal))
            .ToDictionary(input => input.Key, input => new DenseTensor<float>([batch, input.Value.Dimensions[1], 0, input.Value.Dimensions[3]]));
        var logits = new float[golden.Floats("logits").Values.Length];
        var width = logits.Length / ids.Length;
        for (var at = 0; at < length; at++)
        {
            List<NamedOnnxValue> inputs =
            [
                NamedOnnxValue.CreateFromTensor("input_ids", Columns(ids, at, 1)),
                NamedOnnxValue.CreateFromTensor("position_ids", Columns(positions, at, 1)),
                NamedOnnxValue.CreateFromTensor("attention_mask", Columns(mask, 0, at + 1)),
                .. cache.Select(entry => NamedOnnxValue.CreateFromTensor(entry.Key, entry.Value)),
            ];
            using var results = session.Run(inputs);
            foreach (var result in results)
            {
                var tensor = result.AsTensor<float>();
                if (result.Name == "logits")
                {
                    for (var row = 0; row < batch; row++)
                    {
                        tensor.ToArray().AsSpan(row * width, width).CopyTo(logits.AsSpan(((row * length) + at) * width));
                    }
                }
                else
                {
                    cache[result.Name.Replace("present.", "past_key_values.", StringComparison.Ordinal)] = tensor.ToDenseTensor();
                }
            }
        }

        Assert.InRange(golden.WorstDifference("logits", logits), 0, Tolerance);

        DenseTensor<long> Columns(long[] values, int start, int count) =>
            new(Enumerable.Range(0, batch).SelectMany(row => values.Skip((row * length) + start).Take(count)).ToArray(), [batch, count]);
    }

    [Fact]
    public void Weights_beyond_the_limit_go_to_a_second_file()
    {
        using var golden = GoldenCase.Open("llama-lm");
        var path = folder.Path("large.onnx");
        var report = OnnxExport.Write(golden.Folder, path, new() { LargestEmbedded = 1000 }, TestContext.Current.CancellationToken);
        Assert.Equal([path, path + ".data"], report.Files);
        Assert.True(new FileInfo(path).Length < new FileInfo(path + ".data").Length);
        using var session = OnnxEngine.Open(path);
        Assert.InRange(golden.WorstDifference("logits", OnnxEngine.Run(session, golden.InputsFor(session))["logits"]), 0, Tolerance);
    }

    [Fact]
    public void Batch_and_length_may_vary()
    {
        using var golden = GoldenCase.Open("bert-masked-lm");
        using var session = Export(golden.Folder);
        var (ids, shape) = golden.Longs("input_ids");
        var all = OnnxEngine.Run(session, golden.InputsFor(session))["logits"];
        var seen = golden.Longs("attention_mask").Values.Take(shape[1]).Count(one => one == 1);
        var one = OnnxEngine.Run(session,
        [
            NamedOnnxValue.CreateFromTensor("input_ids", new DenseTensor<long>(ids.AsMemory(0, seen), [1, seen])),
            NamedOnnxValue.CreateFromTensor("attention_mask", new DenseTensor<long>(Enumerable.Repeat(1L, seen).ToArray(), [1, seen])),
            NamedOnnxValue.CreateFromTensor("token_type_ids", new DenseTensor<long>(golden.Longs("token_type_ids").Values.AsMemory(0, seen), [1, seen])),
        ])["logits"];
        Assert.All(one.Zip(all), pair => Assert.Equal(pair.Second, pair.First, Tolerance));
    }

    [Theory]
    [InlineData("gpt2-sequence-classification", "GPT2ForSequenceClassification")]
    [InlineData("llama-lm-dynamicrope", "rope_type is 'dynamic'")]
    [InlineData("t5-translation", "model_type is 't5'")]
    public void What_cannot_be_exported_is_refused_by_name(string name, string named)
    {
        using var golden = GoldenCase.Open(name);
        var error = Assert.Throws<ExportException>(() => OnnxExport.Write(golden.Folder, folder.Path("x.onnx"), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.Path("x.onnx")));
    }

    [Fact]
    public void An_encoder_has_no_cache()
    {
        using var golden = GoldenCase.Open("bert-base");
        Assert.Contains("no cache", Assert.Throws<ExportException>(() => Export(golden.Folder, new() { WithCache = true })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_ends_at_the_whole()
    {
        using var golden = GoldenCase.Open("gpt2-lm");
        var seen = new List<ExportProgress>();
        var report = OnnxExport.Write(golden.Folder, folder.Path("x.onnx"), new() { Progress = new Recorder(seen) }, TestContext.Current.CancellationToken);
        Assert.Equal(report.TensorCount, seen.Count);
        Assert.Equal(report.WeightBytes, seen[^1].DoneBytes);
        Assert.Equal(seen[^1].TotalBytes, seen[^1].DoneBytes);
    }

    [Fact]
    public void A_cancelled_export_leaves_the_old_file()
    {
        using var golden = GoldenCase.Open("gpt2-lm");
        File.WriteAllText(folder.Path("x.onnx"), "old");
        Assert.Throws<OperationCanceledException>(() => OnnxExport.Write(golden.Folder, folder.Path("x.onnx"), cancellation: new(canceled: true)));
        Assert.Equal("old", File.ReadAllText(folder.Path("x.onnx")));
        Assert.Single(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void A_weight_that_has_no_place_is_refused()
    {
        using var golden = GoldenCase.Open("llama-lm");
        CheckpointCopy.Write(golden.Folder, folder.Path("model"), weights => weights.Add("model.layers.0.extra.weight", TorchSharp.torch.zeros(2)));
        var error = Assert.Throws<ExportException>(() => OnnxExport.Write(folder.Path("model"), folder.Path("x.onnx"), cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("model.layers.0.extra.weight", error.Message, StringComparison.Ordinal);
    }

    private InferenceSession Export(string checkpoint, OnnxOptions? options = null)
    {
        OnnxExport.Write(checkpoint, folder.Path("model.onnx"), options, TestContext.Current.CancellationToken);
        return OnnxEngine.Open(folder.Path("model.onnx"));
    }

    private sealed class Recorder(List<ExportProgress> seen) : IProgress<ExportProgress>
    {
        public void Report(ExportProgress value) => seen.Add(value);
    }
}
