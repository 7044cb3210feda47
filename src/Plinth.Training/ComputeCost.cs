namespace Plinth.Training;

/// <summary>By what the utilization of a machine is measured (model FLOPs utilization, Chowdhery et al. 2022, arXiv:2204.02311, appendix B).</summary>
/// <param name="OperationsPerElement">What a training step computes for one element (token, patch) without what is computed twice to save memory; a multiply-add counts as two.</param>
/// <param name="PeakPerSecond">Operations per second of a large matrix product on this machine, in the numbers of the run.</param>
public sealed record ComputeCost(double OperationsPerElement, double PeakPerSecond);
