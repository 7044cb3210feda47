using Plinth.Core;
using Plinth.Export.Shapes;

namespace Plinth.Export.Gguf;

/// <summary>Writes a checkpoint folder as a GGUF file, with the names, layouts and keys that llama.cpp expects.</summary>
public static class GgufExport
{
    /// <summary>Architectures that can be written.</summary>
    public static IReadOnlyList<string> Architectures { get; } = [.. LlamaShape.Architectures.Keys, "gpt2", "bert"];

    /// <summary>Writes the file whole or not at all; one weight is in memory at a time.</summary>
    /// <param name="folder">The checkpoint, as the reference lays it out.</param>
    /// <param name="path">The file to write or replace.</param>
    /// <param name="options">Element type and progress; null takes the defaults.</param>
    /// <param name="cancellation">Ends it; an old file stays.</param>
    /// <exception cref="ExportException">The architecture or an option of its config cannot be written in this form.</exception>
    /// <exception cref="CheckpointException">The checkpoint is incomplete or malformed.</exception>
    public static ExportReport Write(string folder, string path, GgufOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        using var source = ModelFolder.Open(folder);
        var plan = new GgufPlan(source, options.Type);
        switch (source.ModelType)
        {
            case "bert":
                BertGguf.Fill(plan);
                break;
            case "gpt2":
                Gpt2Gguf.Fill(plan);
                break;
            case var type when LlamaShape.Architectures.ContainsKey(type):
                LlamaGguf.Fill(plan);
                break;
            default:
                throw source.Config.Wrong("model_type", $"is '{source.ModelType}', which cannot be written as GGUF; known: {string.Join(", ", Architectures)}");
        }

        GgufWriter.Write(path, plan.Metadata, plan.Tensors, options.Progress, cancellation);
        return new([path], plan.Tensors.Count, plan.Tensors.Sum(entry => entry.Type.Bytes(entry.Tensor.Count)), plan.Notes);
    }
}
