using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Plinth.Core;
using Plinth.Core.Checkpoints;
using Plinth.Export;
using Plinth.Export.Onnx;
using Plinth.Models;
using Plinth.Models.Vision;
using Plinth.Models.Vision.Dinov2;
using Plinth.Models.Vision.Vit;
using static TorchSharp.torch;

namespace Plinth.Tests.Export;

/// <summary>Models that see, and what reads beside them, in ONNX Runtime.</summary>
public sealed class OnnxPictureTests : IDisposable
{
    private const float Tolerance = 1e-4f;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("vit-base-pooler", null, "last_hidden_state", "pooler_output")]
    [InlineData("vit-image-classification", null, "logits")]
    [InlineData("dinov2-base", null, "last_hidden_state", "pooler_output")]
    [InlineData("clip-full", PairPart.Vision, "last_hidden_state", "pooler_output", "image_embeds")]
    [InlineData("clip-full", PairPart.Text, "last_hidden_state", "pooler_output", "text_embeds")]
    [InlineData("clip-legacyeos", PairPart.Vision, "image_embeds")]
    [InlineData("clip-legacyeos", PairPart.Text, "pooler_output", "text_embeds")]
    public void An_exported_model_computes_the_reference_s_numbers(string name, PairPart? part, params string[] outputs)
    {
        using var golden = GoldenCase.Open(name);
        using var session = Export(golden.Folder, part);
        var results = OnnxEngine.Run(session, Inputs(session, golden));
        foreach (var output in outputs)
        {
            var stored = golden.Has(output) ? output : $"{part}.{output}".ToLowerInvariant();
            var difference = part == PairPart.Text
                ? golden.WorstDifference(stored, results[output])
                : golden.Floats(stored).Values.Zip(results[output], (a, b) => MathF.Abs(a - b)).Max();
            Assert.InRange(difference, 0, Tolerance);
        }
    }

    [Theory]
    [InlineData("vit", HeadKind.Pooled, "pooler_output")]
    [InlineData("vit", HeadKind.ImageClassification, "logits")]
    [InlineData("dinov2", HeadKind.ImageClassification, "logits")]
    [InlineData("clip_vision_model", HeadKind.Pooled, "pooler_output")]
    [InlineData("clip_text_model", HeadKind.Pooled, "pooler_output")]
    public void A_saved_model_gives_the_same_in_ONNX_Runtime_for_any_batch(string type, HeadKind head, string output)
    {
        random.manual_seed(3);
        var family = ModelCatalog.Families[type];
        var config = family.Shape(new(2, 32, 2, 50, 12) { Image = new(16, 8) });
        // Wider than high, where a config can say so.
        config = config is VitTypeConfig picture ? picture with { ImageSize = new ImageSize(16, 24) } : config;
        using var model = new Model(family, config, head);
        using (no_grad())
        {
            foreach (var parameter in model.parameters())
            {
                parameter.add_(randn_like(parameter) * 0.3);
            }
        }

        model.eval();
        Checkpoint.Save(model, folder.Path("model"));
        using var session = Export(folder.Path("model"));
        foreach (var count in new[] { 1, 3 })
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var (batch, inputs) = type == "clip_text_model" ? Texts(count) : Pictures(count, [.. session.InputMetadata["pixel_values"].Dimensions]);
            var expected = model.Logits(batch).contiguous().data<float>().ToArray();
            var given = OnnxEngine.Run(session, inputs)[output];
            Assert.Equal(expected.Length, given.Length);
            Assert.All(expected.Zip(given), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
        }
    }

    [Theory]
    [InlineData("clip-full", null, "vision or text")]
    [InlineData("vit-base-pooler", PairPart.Vision, "one whole (vit)")]
    [InlineData("siglip-full", null, "model_type is 'siglip'")]
    [InlineData("yolos-detection", null, "model_type is 'yolos'")]
    public void What_cannot_be_exported_is_refused_by_name(string name, PairPart? part, string named)
    {
        using var golden = GoldenCase.Open(name);
        Assert.Contains(named, Assert.Throws<ExportException>(() => Export(golden.Folder, part)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void Gated_networks_are_refused_by_name()
    {
        var family = ModelCatalog.Families["dinov2"];
        using var model = new Model(family, (Dinov2Config)family.Shape(new(1, 32, 2, 1, 1) { Image = new(16, 8) }) with { UseSwigluFfn = true }, HeadKind.None);
        Checkpoint.Save(model, folder.Path("model"));
        Assert.Contains("use_swiglu_ffn", Assert.Throws<ExportException>(() => Export(folder.Path("model"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_sees_has_no_cache()
    {
        using var golden = GoldenCase.Open("vit-base-pooler");
        var error = Assert.Throws<ExportException>(() => OnnxExport.Write(golden.Folder, folder.Path("x.onnx"), new() { WithCache = true }, TestContext.Current.CancellationToken));
        Assert.Contains("no cache", error.Message, StringComparison.Ordinal);
    }

    private InferenceSession Export(string checkpoint, PairPart? part = null)
    {
        OnnxExport.Write(checkpoint, folder.Path("model.onnx"), new() { Part = part }, TestContext.Current.CancellationToken);
        return OnnxEngine.Open(folder.Path("model.onnx"));
    }

    private static List<NamedOnnxValue> Inputs(InferenceSession session, GoldenCase golden)
    {
        if (session.InputMetadata.ContainsKey("pixel_values"))
        {
            var (pixels, shape) = golden.Floats("pixel_values");
            return [NamedOnnxValue.CreateFromTensor("pixel_values", new DenseTensor<float>(pixels, shape))];
        }

        var (ids, sizes) = golden.Longs("input_ids");
        var mask = golden.Has("attention_mask") ? golden.Longs("attention_mask").Values : [.. ids.Select(_ => 1L)];
        return [NamedOnnxValue.CreateFromTensor("input_ids", new DenseTensor<long>(ids, sizes)), NamedOnnxValue.CreateFromTensor("attention_mask", new DenseTensor<long>(mask, sizes))];
    }

    private static (Batch Batch, List<NamedOnnxValue> Inputs) Pictures(int count, int[] shape)
    {
        var pixels = randn(count, shape[1], shape[2], shape[3]);
        return (new ImageBatch { PixelValues = pixels }, [NamedOnnxValue.CreateFromTensor("pixel_values", new DenseTensor<float>(pixels.data<float>().ToArray(), [count, .. shape[1..]]))]);
    }

    // Each ends earlier than the one before, and is padded behind its end.
    private static (Batch Batch, List<NamedOnnxValue> Inputs) Texts(int count)
    {
        const int length = 9, end = 49;
        var (ids, mask) = (new long[count * length], new long[count * length]);
        for (var row = 0; row < count; row++)
        {
            for (var column = 0; column < length - row; column++)
            {
                (ids[(row * length) + column], mask[(row * length) + column]) = (column == length - row - 1 ? end : 1 + ((column * 7) + row) % 40, 1);
            }
        }

        return (
            new TextBatch { InputIds = tensor(ids, [count, length]), AttentionMask = tensor(mask, [count, length]) },
            [NamedOnnxValue.CreateFromTensor("input_ids", new DenseTensor<long>(ids, [count, length])), NamedOnnxValue.CreateFromTensor("attention_mask", new DenseTensor<long>(mask, [count, length]))]);
    }
}
