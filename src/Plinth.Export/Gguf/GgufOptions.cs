namespace Plinth.Export.Gguf;

/// <summary>How a checkpoint becomes a GGUF file.</summary>
public sealed record GgufOptions
{
    /// <summary>
    /// Type of the matrices. Vectors, norms and tables of positions stay F32; a matrix whose rows are no whole blocks becomes F16,
    /// and with Q4_0 the output's matrix becomes Q8_0, since its errors go straight into the logits.
    /// </summary>
    public GgufType Type { get; init; } = GgufType.F16;

    /// <summary>Is told after each tensor, or null.</summary>
    public IProgress<ExportProgress>? Progress { get; init; }
}
