using System.IO.Compression;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Text;
using Plinth.Export.Onnx;
using Plinth.Inference.Pipelines;
using Plinth.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Bench;

/// <summary>
/// Sentences a second through an encoder shaped as MiniLM (6 blocks of 384), ours beside ONNX Runtime on the same weights, exported by
/// us: float32, two threads, tokenizing and pooling included, batches of 32 sorted by length on both sides.
/// </summary>
internal static class EncodersBench
{
    private const int BatchSize = 32, Passes = 5;

    public static void Run(BenchReport report)
    {
        set_num_threads(2);
        var tokenizerFolder = BenchReport.Shared("tokenizers/bert_base_uncased_minilm");
        var tokenizer = TokenizerFiles.Load(tokenizerFolder);
        var folder = Path.Combine(Path.GetTempPath(), $"plinth-encoders-{Environment.ProcessId}");
        try
        {
            Write(folder, tokenizer);
            using var model = Checkpoint.Load(folder, ModelCatalog.Families, new() { Head = HeadKind.None }).Model;
            var onnx = Path.Combine(folder, "model.onnx");
            OnnxExport.Write(folder, onnx);
            using var session = OnnxPeer.Open(onnx);
            report.Add($"Best of {Passes} passes, taken in turns. ONNX Runtime {OnnxPeer.Version}.");
            report.Add($"");
            report.Add($"| texts | tokens each | ours | ONNX Runtime | ratio | largest difference |");
            report.Add($"|---|---|---|---|---|---|");
            foreach (var (name, texts) in new[] { ("sentences of STS-B", Sentences()), ("movie reviews, 256 tokens", Reviews()) })
            {
                var pipeline = new EmbeddingPipeline(model, tokenizer, new() { BatchSize = BatchSize, MaximumLength = 256 });
                IReadOnlyList<float[]> ours = [], peers = [];
                double best = double.MaxValue, peerBest = double.MaxValue;
                for (var pass = 0; pass < Passes; pass++)
                {
                    best = Math.Min(best, BenchReport.Seconds(() => ours = pipeline.Embed(texts)));
                    peerBest = Math.Min(peerBest, BenchReport.Seconds(() => peers = EmbedByPeer(session, tokenizer, texts)));
                }

                var difference = ours.Zip(peers, (a, b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max()).Max();
                var tokens = texts.Average(text => Math.Min(256, tokenizer.EncodeIds(text, addSpecial: true).Count));
                report.Add($"| {texts.Count:N0} {name} | {tokens:0} | {texts.Count / best:0} /s | {texts.Count / peerBest:0} /s | {peerBest / best:0.00} | {difference:0.0e+0} |");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(string folder, Tokenizer tokenizer)
    {
        var family = ModelCatalog.Families["bert"];
        random.manual_seed(1);
        using var model = new Model(family, family.Shape(new(6, 384, 12, tokenizer.VocabularySize, 512)), HeadKind.None);
        Checkpoint.Save(model, folder, tokenizer.Save);
    }

    private static List<float[]> EmbedByPeer(InferenceSession session, Tokenizer tokenizer, List<string> texts)
    {
        var rows = texts.Select((text, index) => (Index: index, Ids: Encode(tokenizer, text))).OrderByDescending(row => row.Ids.Count).ToList();
        var result = new float[texts.Count][];
        foreach (var chunk in rows.Chunk(BatchSize))
        {
            var width = chunk[0].Ids.Count;
            var ids = new DenseTensor<long>([chunk.Length, width]);
            var mask = new DenseTensor<long>([chunk.Length, width]);
            for (var row = 0; row < chunk.Length; row++)
            {
                for (var column = 0; column < chunk[row].Ids.Count; column++)
                {
                    ids[row, column] = chunk[row].Ids[column];
                    mask[row, column] = 1;
                }
            }

            List<NamedOnnxValue> inputs = [NamedOnnxValue.CreateFromTensor("input_ids", ids), NamedOnnxValue.CreateFromTensor("attention_mask", mask)];
            if (session.InputMetadata.ContainsKey("token_type_ids"))
            {
                inputs.Add(NamedOnnxValue.CreateFromTensor("token_type_ids", new DenseTensor<long>([chunk.Length, width])));
            }

            using var outputs = session.Run(inputs);
            var hidden = ((DenseTensor<float>)outputs[0].AsTensor<float>()).Buffer.Span;
            var size = hidden.Length / chunk.Length / width;
            for (var row = 0; row < chunk.Length; row++)
            {
                result[chunk[row].Index] = Pool(hidden.Slice(row * width * size, chunk[row].Ids.Count * size), size);
            }
        }

        return [.. result];
    }

    private static float[] Pool(ReadOnlySpan<float> hidden, int size)
    {
        var sum = new float[size];
        for (var at = 0; at < hidden.Length; at += size)
        {
            TensorPrimitives.Add(sum, hidden.Slice(at, size), sum);
        }

        TensorPrimitives.Divide(sum, TensorPrimitives.Norm(sum), sum);
        return sum;
    }

    private static IReadOnlyList<int> Encode(Tokenizer tokenizer, string text)
    {
        var ids = tokenizer.EncodeIds(text, addSpecial: true);
        return ids.Count <= 256 ? ids : tokenizer.AddSpecial([.. tokenizer.EncodeIds(text).Take(254)]).Ids;
    }

    private static List<string> Sentences() =>
        [.. Entries("data/sts_benchmark/stsb.zip", "en-train.csv", 1).SelectMany(text => text.Split('\n')).Select(line => line.Split(',')[0].Trim('"')).Where(text => text.Length > 0).Take(3_000)];

    private static List<string> Reviews() => [.. Entries("data/movie_reviews/movie_reviews.zip", ".txt", 300)];

    private static List<string> Entries(string path, string ending, int count)
    {
        using var archive = ZipFile.OpenRead(BenchReport.Shared(path));
        return [.. archive.Entries.Where(entry => entry.FullName.EndsWith(ending, StringComparison.Ordinal)).Take(count).Select(entry =>
        {
            using var reader = new StreamReader(entry.Open());
            return reader.ReadToEnd();
        })];
    }
}
