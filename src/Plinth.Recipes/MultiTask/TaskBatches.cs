using Plinth.Core;
using Plinth.Data.Batching;

namespace Plinth.Recipes.MultiTask;

/// <summary>
/// Batches of several tasks in turn, spread as evenly as their weights allow: each batch is of one task, where those of a mixture of texts hold samples of
/// several sources. Which task a batch is of follows from its number.
/// </summary>
internal sealed class TaskBatches : IBatchSource
{
    private readonly IReadOnlyList<IBatchSource> sources;
    private readonly SourceSequence sequence;

    /// <param name="sources">The batches of each task.</param>
    /// <param name="weights">How many of the batches are of each, beside the others; above 0.</param>
    /// <param name="seed">Chooses which task begins.</param>
    public TaskBatches(IReadOnlyList<IBatchSource> sources, IReadOnlyList<double> weights, ulong seed)
    {
        this.sources = sources;
        var whole = weights.Sum();
        sequence = new([.. weights.Select(weight => weight / whole)], seed);
    }

    /// <summary>As many batches as one pass over all tasks' samples.</summary>
    public long BatchesPerEpoch => sources.Sum(source => source.BatchesPerEpoch);

    /// <inheritdoc />
    public Batch At(long index)
    {
        var task = sequence.At(index);
        return sources[task].At(sequence.CountBefore(task, index)) with { TaskNumber = task };
    }
}
