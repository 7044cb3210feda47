namespace Plinth.Core;

/// <summary>A layer whose result for a sample may depend on the others of its batch, so that a batch cannot be computed in pieces.</summary>
public interface IBatchStatistics
{
    /// <summary>Whether it does so now; in evaluation nothing may.</summary>
    bool IsGathering { get; }
}
