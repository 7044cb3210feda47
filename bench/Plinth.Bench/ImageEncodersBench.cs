using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Data.Vision;
using Plinth.Export.Onnx;
using Plinth.Inference.Vision;
using Plinth.Models;
using static TorchSharp.torch;

namespace Plinth.Bench;

/// <summary>
/// Pictures a second through a ViT-Tiny and through an encoder shaped as CLIP-B/32's: ours beside ONNX Runtime on the same weights, exported
/// by us, and beside torch's own functions on the same libtorch. Float32, two threads. The pictures have the model's size, so nobody
/// decodes or resizes; the peers are given their values ready, ours looks them up on its way.
/// </summary>
internal static class ImageEncodersBench
{
    private const int Passes = 3, PictureCount = 320, Side = 224, BatchSize = 32;

    // Which suits a peer differs from machine to machine; each is given the better one.
    private static readonly int[] peerBatchSizes = [8, 32];

    private static readonly (string Name, string Type, HeadKind Head, ModelShape Shape, double Epsilon, string Output)[] cases =
    [
        ("ViT-Tiny, patches of 16", "vit", HeadKind.None, new(12, 192, 3, 1, 1) { Image = new(Side, 16) }, 1e-12, "last_hidden_state"),
        ("CLIP-B/32, vision", "clip_vision_model", HeadKind.Pooled, new(12, 768, 12, 1, 1) { Image = new(Side, 32) }, 1e-5, "pooler_output"),
    ];

    public static void Run(BenchReport report)
    {
        set_num_threads(2);
        ImageSource[] pictures = [.. new DrawnScenes(new() { Seed = 1, Side = Side }).Read(SceneSplit.Train, PictureCount).Samples.Select(sample => ImageSource.Of(sample.Image.Load()))];
        report.Add($"{PictureCount} drawn pictures of {Side} × {Side}. Best of {Passes} passes, taken in turns; ours in batches of {BatchSize}, the others in batches of {string.Join(" or ", peerBatchSizes)}, whichever is faster. ONNX Runtime {OnnxPeer.Version}, libtorch {__version__}.");
        report.Add($"");
        report.Add($"| model | ours | ONNX Runtime | ratio | PyTorch eager | ratio | largest difference |");
        report.Add($"|---|---|---|---|---|---|---|");
        var folder = Path.Combine(Path.GetTempPath(), $"plinth-image-encoders-{Environment.ProcessId}");
        foreach (var (name, type, head, shape, epsilon, output) in cases)
        {
            try
            {
                random.manual_seed(1);
                var family = ModelCatalog.Families[type];
                using var model = new Model(family, family.Shape(shape), head);
                model.eval();
                Checkpoint.Save(model, folder);
                var onnx = Path.Combine(folder, "model.onnx");
                OnnxExport.Write(folder, onnx);
                using var session = OnnxPeer.Open(onnx);
                var eager = new EagerVision(model, shape.HeadCount, shape.LayerCount, epsilon);
                report.Add(Measure(name, model, pictures, batch => ByOnnx(session, batch, output), batch => ByTorch(eager, batch)));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static FormattableString Measure(
        string name, Model model, ImageSource[] pictures, Func<PixelBatch, IEnumerable<float[]>> onnx, Func<PixelBatch, IEnumerable<float[]>> torch)
    {
        var processor = new ImageProcessor(new() { ImageProcessorType = "ViTImageProcessor", DoResize = false, ImageMean = ChannelValues.All(0.5), ImageStd = ChannelValues.All(0.5) });
        var pipeline = new ImageEmbeddingPipeline(model, processor, batchSize: BatchSize);
        // Made before the clock runs.
        PixelBatch[][] ready = [.. peerBatchSizes.Select(size => (PixelBatch[])[.. pictures.Chunk(size).Select(chunk => processor.Process([.. chunk.Select(picture => picture.Load())]))])];
        IReadOnlyList<float[]> ours = [], peers = [], eager = [];
        var (best, peerBest, eagerBest) = (double.MaxValue, double.MaxValue, double.MaxValue);
        for (var pass = 0; pass < Passes; pass++)
        {
            best = Math.Min(best, BenchReport.Seconds(() => ours = pipeline.Embed(pictures)));
            foreach (var batches in ready)
            {
                peerBest = Math.Min(peerBest, BenchReport.Seconds(() => peers = [.. batches.SelectMany(onnx)]));
                eagerBest = Math.Min(eagerBest, BenchReport.Seconds(() => eager = [.. batches.SelectMany(torch)]));
            }
        }

        var difference = Math.Max(Difference(ours, peers), Difference(ours, eager));
        return $"| {name} | {pictures.Length / best:0.0} /s | {pictures.Length / peerBest:0.0} /s | {peerBest / best:0.00} | {pictures.Length / eagerBest:0.0} /s | {eagerBest / best:0.00} | {difference:0.0e+0} |";
    }

    private static float Difference(IReadOnlyList<float[]> ours, IReadOnlyList<float[]> theirs) => ours.Zip(theirs, (a, b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max()).Max();

    private static IEnumerable<float[]> ByTorch(EagerVision eager, PixelBatch batch)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var vectors = eager.Run(batch.Pixels()).contiguous();
        return vectors.data<float>().ToArray().Chunk((int)vectors.size(-1));
    }

    // The first vector of each picture, of length 1.
    private static List<float[]> ByOnnx(InferenceSession session, PixelBatch batch, string output)
    {
        List<NamedOnnxValue> inputs = [NamedOnnxValue.CreateFromTensor("pixel_values", new DenseTensor<float>(batch.Values, [batch.Count, PixelPlanes.Channels, batch.Height, batch.Width]))];
        using var outputs = session.Run(inputs, [output]);
        var given = (DenseTensor<float>)outputs[0].AsTensor<float>();
        var all = given.Buffer.Span;
        var size = given.Dimensions[^1];
        List<float[]> vectors = [];
        for (var picture = 0; picture < batch.Count; picture++)
        {
            var vector = all.Slice(picture * (all.Length / batch.Count), size).ToArray();
            TensorPrimitives.Divide(vector, TensorPrimitives.Norm(vector), vector);
            vectors.Add(vector);
        }

        return vectors;
    }
}
