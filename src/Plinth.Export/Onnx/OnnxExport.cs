using Plinth.Core;
using Plinth.Export.Shapes;

namespace Plinth.Export.Onnx;

/// <summary>Writes a checkpoint folder as an ONNX model of standard operators (set 17), float32, for any batch and length.</summary>
public static class OnnxExport
{
    /// <summary>Architectures that can be written.</summary>
    public static IReadOnlyList<string> Architectures { get; } = [.. LlamaShape.Architectures.Keys, "gpt2", .. EncoderNames.Families.Keys];

    /// <summary>Writes the model; one weight is in memory at a time.</summary>
    /// <param name="folder">The checkpoint, as the reference lays it out.</param>
    /// <param name="path">The file to write or replace; weights beyond 2 GB go to a file of the same name with <c>.data</c> behind it.</param>
    /// <param name="options">Cache and progress; null takes the defaults.</param>
    /// <param name="cancellation">Ends it; an old file stays.</param>
    /// <exception cref="ExportException">The architecture or an option of its config cannot be written in this form.</exception>
    /// <exception cref="CheckpointException">The checkpoint is incomplete or malformed.</exception>
    public static ExportReport Write(string folder, string path, OnnxOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        using var source = ModelFolder.Open(folder);
        var graph = new OnnxGraph();
        switch (source.ModelType)
        {
            case var type when EncoderNames.Families.ContainsKey(type):
                if (options.WithCache)
                {
                    throw new ExportException($"{folder} is an encoder ({type}), which reads a text at once and has no cache. Export it without.");
                }

                new EncoderOnnx(source, graph).Build();
                break;
            case "gpt2":
                new Gpt2Onnx(source, graph, options.WithCache).Build();
                break;
            case var type when LlamaShape.Architectures.ContainsKey(type):
                new LlamaOnnx(source, graph, options.WithCache).Build();
                break;
            default:
                throw source.Config.Wrong("model_type", $"is '{source.ModelType}', which cannot be written as ONNX; known: {string.Join(", ", Architectures)}");
        }

        var files = OnnxModelWriter.Write(path, source.Architecture, graph, options, cancellation);
        return new(files, graph.Weights.Count, graph.Weights.Sum(weight => weight.Count * sizeof(float)), []);
    }
}
