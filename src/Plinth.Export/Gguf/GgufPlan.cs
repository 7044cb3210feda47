using Plinth.Core.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Export.Gguf;

/// <summary>What a GGUF file will hold, while an architecture fills it.</summary>
internal sealed class GgufPlan
{
    private readonly GgufType matrixType;
    private readonly List<string> fallbacks = [];
    private readonly List<string> notes = [];

    public GgufPlan(ModelFolder source, GgufType matrixType)
    {
        Source = source;
        this.matrixType = matrixType;
    }

    public ModelFolder Source { get; }

    public GgufMetadata Metadata { get; } = [];

    public List<(PlannedTensor Tensor, GgufType Type)> Tensors { get; } = [];

    /// <summary>What the user should know.</summary>
    public IReadOnlyList<string> Notes => fallbacks.Count == 0
        ? notes
        : [.. notes, $"F16 instead of {matrixType}, since their rows are no multiple of {BlockQuantization.Elements}: {string.Join(", ", fallbacks.Take(4))}{(fallbacks.Count > 4 ? $" and {fallbacks.Count - 4} more" : "")}."];

    /// <summary>Begins with the keys that every file has.</summary>
    public void Begin(string architecture)
    {
        Metadata.Add("general.architecture", architecture);
        Metadata.Add("general.type", "model");
        Metadata.Add("general.name", Checkpoint.NameOf(Source.Location));
        Metadata.Add("general.file_type", matrixType.FileType());
        if (matrixType is GgufType.Q4_0 or GgufType.Q8_0)
        {
            Metadata.Add("general.quantization_version", 2u);
        }
    }

    /// <summary>Adds what the user should know.</summary>
    public void Note(string note) => notes.Add(note);

    /// <summary>Adds a weight that stays F32: vectors, norms, positions.</summary>
    public void Keep(PlannedTensor tensor) => Tensors.Add((tensor, GgufType.F32));

    /// <summary>Adds a matrix in the type asked for, where its rows are whole blocks.</summary>
    /// <param name="tensor">The matrix.</param>
    /// <param name="isOutput">Whether the logits come out of it.</param>
    public void Matrix(PlannedTensor tensor, bool isOutput = false)
    {
        var type = isOutput && matrixType == GgufType.Q4_0 ? GgufType.Q8_0 : matrixType;
        if (tensor.Shape[^1] % type.BlockElements() != 0)
        {
            fallbacks.Add(tensor.Name);
            type = GgufType.F16;
        }

        Tensors.Add((tensor, type));
    }

    /// <summary>Adds a linear map and, where it has one, its bias.</summary>
    /// <param name="target">Name in the file, without its ending.</param>
    /// <param name="name">The reference's name, without its ending.</param>
    /// <param name="output">Width of the output.</param>
    /// <param name="input">Width of the input.</param>
    /// <param name="hasBias">Whether it has a bias.</param>
    /// <param name="change">A rearrangement of the output's rows, or null.</param>
    public void Linear(string target, string name, long output, long input, bool hasBias, Func<Tensor, Tensor>? change = null)
    {
        Matrix(Source.Plan(target + ".weight", name + ".weight", [output, input], change));
        if (hasBias)
        {
            Keep(Source.Plan(target + ".bias", name + ".bias", [output], change));
        }
    }

    /// <summary>Adds a layer normalisation.</summary>
    public void Norm(string target, string name, long size, bool hasBias = true)
    {
        Keep(Source.Plan(target + ".weight", name + ".weight", [size]));
        if (hasBias)
        {
            Keep(Source.Plan(target + ".bias", name + ".bias", [size]));
        }
    }
}
