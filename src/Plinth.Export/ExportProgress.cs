namespace Plinth.Export;

/// <summary>How far an export is.</summary>
/// <param name="Tensor">The tensor that was just written.</param>
/// <param name="DoneBytes">Bytes of weights written.</param>
/// <param name="TotalBytes">Bytes of weights in all.</param>
public sealed record ExportProgress(string Tensor, long DoneBytes, long TotalBytes);

/// <summary>What an export wrote.</summary>
/// <param name="Files">The files, the main one first.</param>
/// <param name="TensorCount">Weights written.</param>
/// <param name="WeightBytes">Bytes of those weights.</param>
/// <param name="Notes">What the file does not say as the checkpoint does: a head left out, a matrix in another type.</param>
public sealed record ExportReport(IReadOnlyList<string> Files, int TensorCount, long WeightBytes, IReadOnlyList<string> Notes);
