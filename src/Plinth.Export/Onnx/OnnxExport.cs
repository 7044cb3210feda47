using Plinth.Core;
using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>Writes a checkpoint folder as an ONNX model of standard operators (set 17), float32, for any batch and length.</summary>
public static class OnnxExport
{
    private const string Clip = "clip";

    /// <summary>Architectures that can be written.</summary>
    public static IReadOnlyList<string> Architectures { get; } = [.. Decoders, .. Encoders];

    private static IEnumerable<string> Decoders => [.. LlamaShape.Architectures.Keys, "gpt2"];

    private static IEnumerable<string> Encoders => [.. EncoderNames.Families.Keys, .. VitOnnx.Families.Keys, Clip, "clip_vision_model", "clip_text_model"];

    /// <summary>Writes the model; one weight is in memory at a time.</summary>
    /// <param name="folder">The checkpoint, as the reference lays it out.</param>
    /// <param name="path">The file to write or replace; weights beyond 2 GB go to a file of the same name with <c>.data</c> behind it.</param>
    /// <param name="options">Cache, part and progress; null takes the defaults.</param>
    /// <param name="cancellation">Ends it; an old file stays.</param>
    /// <exception cref="ExportException">The architecture or an option of its config cannot be written in this form.</exception>
    /// <exception cref="CheckpointException">The checkpoint is incomplete or malformed.</exception>
    public static ExportReport Write(string folder, string path, OnnxOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        using var source = ModelFolder.Open(folder);
        var graph = new OnnxGraph();
        Check(source, options);
        switch (source.ModelType)
        {
            case var type when EncoderNames.Families.ContainsKey(type):
                new EncoderOnnx(source, graph).Build();
                break;
            case var type when VitOnnx.Families.ContainsKey(type):
                new VitOnnx(source, graph).Build();
                break;
            case Clip or "clip_vision_model" or "clip_text_model":
                new ClipOnnx(source, graph, options.Part).Build();
                break;
            case "gpt2":
                new Gpt2Onnx(source, graph, options.WithCache).Build();
                break;
            default:
                new LlamaOnnx(source, graph, options.WithCache).Build();
                break;
        }

        var files = OnnxModelWriter.Write(path, source.Architecture, graph, options, cancellation);
        return new(files, graph.Weights.Count, graph.Weights.Sum(weight => weight.Count * sizeof(float)), []);
    }

    private static void Check(ModelFolder source, OnnxOptions options)
    {
        var type = source.ModelType;
        if (!Architectures.Contains(type))
        {
            throw source.Config.Wrong("model_type", $"is '{type}', which cannot be written as ONNX; known: {string.Join(", ", Architectures)}");
        }

        if (options.WithCache && Encoders.Contains(type))
        {
            throw new ExportException($"{source.Location} is an encoder ({type}), which takes its input at once and has no cache. Export it without.");
        }

        if (options.Part is null == (type == Clip))
        {
            throw new ExportException(type == Clip
                ? $"{source.Location} reads and sees ({type}), and one of its halves is exported at a time. Name the part: vision or text."
                : $"{source.Location} is one whole ({type}); a part can be exported of {Clip} alone.");
        }
    }
}
