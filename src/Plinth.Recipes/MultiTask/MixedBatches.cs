using Plinth.Core;

namespace Plinth.Recipes.MultiTask;

/// <summary>Batches of several tasks in turn, spread as evenly as their weights allow. Which task a batch is of follows from its number.</summary>
internal sealed class MixedBatches : IBatchSource
{
    // The finest share that weights can express is one batch in as many.
    private const int Cycle = 128;

    private readonly IReadOnlyList<IBatchSource> sources;
    private readonly (int Task, int Before)[] places = new (int, int)[Cycle];
    private readonly int[] counts;

    /// <param name="sources">The batches of each task.</param>
    /// <param name="weights">How many of the batches are of each, beside the others.</param>
    public MixedBatches(IReadOnlyList<IBatchSource> sources, IReadOnlyList<double> weights)
    {
        this.sources = sources;
        counts = new int[sources.Count];
        var whole = weights.Sum();
        for (var i = 0; i < Cycle; i++)
        {
            // Whoever is furthest behind what is due to it is next; first of all each task once, however small its weight.
            var next = i < sources.Count ? i : Enumerable.Range(0, sources.Count).MaxBy(task => (weights[task] / whole * (i + 1)) - counts[task]);
            places[i] = (next, counts[next]++);
        }
    }

    /// <summary>As many batches as one pass over all tasks' samples.</summary>
    public long BatchesPerEpoch => sources.Sum(source => source.BatchesPerEpoch);

    /// <inheritdoc />
    public Batch At(long index)
    {
        var (task, before) = places[index % Cycle];
        return sources[task].At((index / Cycle * counts[task]) + before) with { TaskNumber = task };
    }
}
