using Plinth.Core;
using static TorchSharp.torch;

namespace Plinth.Training;

/// <summary>A batch on the host, ready to be computed.</summary>
/// <param name="Index">Its number in the data.</param>
/// <param name="Batch">Inputs and targets.</param>
internal sealed record PreparedBatch(long Index, Batch Batch);

/// <summary>The batches of one optimizer step with what they count together. It owns every tensor that was made for them.</summary>
internal sealed class PreparedStep : IDisposable
{
    private readonly IReadOnlyList<IDisposable> tensors;

    private PreparedStep(IReadOnlyList<PreparedBatch> batches, long[] targetCounts, IReadOnlyList<IDisposable> tensors)
    {
        Batches = batches;
        TargetCounts = targetCounts;
        this.tensors = tensors;
        ElementCount = batches.Sum(batch => batch.Batch.ElementCount);
        SampleCount = batches.Sum(batch => (long)batch.Batch.Count);
    }

    public IReadOnlyList<PreparedBatch> Batches { get; }

    /// <summary>Targets of each loss term in all batches together.</summary>
    public IReadOnlyList<long> TargetCounts { get; }

    public long ElementCount { get; }

    public long SampleCount { get; }

    /// <summary>Makes the batches of a step on the calling thread.</summary>
    public static PreparedStep Make(Objective objective, IBatchSource data, TrainerOptions options, long step)
    {
        using var scope = NewDisposeScope();
        var batches = new List<PreparedBatch>();
        long[]? totals = null;
        for (var i = 0; i < options.AccumulationCount; i++)
        {
            var index = (step * options.AccumulationCount) + i;
            var batch = objective.Prepare(data.At(index), StableSeed.RandomOf(options.Seed, index));
            var counts = objective.CountTargets(batch);
            totals ??= new long[counts.Count];
            if (counts.Count != totals.Length)
            {
                throw new InvalidOperationException($"The objective counted {counts.Count} loss terms in batch {index} and {totals.Length} before.");
            }

            for (var term = 0; term < totals.Length; term++)
            {
                totals[term] += counts[term];
            }

            batches.Add(new(index, batch));
        }

        IDisposable[] made = [.. scope.DisposablesView];
        scope.Detach(made);
        return new(batches, totals ?? [], made);
    }

    public void Dispose()
    {
        foreach (var tensor in tensors)
        {
            tensor.Dispose();
        }
    }
}
