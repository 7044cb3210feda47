using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training;

/// <summary>The mean loss on a fixed set of batches that are prepared with the same randomness each time, so that evaluations compare.</summary>
public sealed class LossEvaluator : IEvaluator
{
    private readonly IBatchSource data;
    private readonly long batchCount;
    private readonly long seed;

    /// <param name="data">Batches that are not trained on.</param>
    /// <param name="batchCount">How many of the first batches are used; more are slower and steadier. At most one pass.</param>
    /// <param name="seed">Randomness of the preparation, for example of which tokens are hidden.</param>
    public LossEvaluator(IBatchSource data, long batchCount = long.MaxValue, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchCount, 1);
        this.data = data;
        this.batchCount = Math.Min(batchCount, data.BatchesPerEpoch);
        this.seed = seed;
    }

    /// <inheritdoc />
    public string Criterion => "loss";

    /// <inheritdoc />
    public bool IsHigherBetter => false;

    /// <summary>
    /// <c>loss</c>, the weighted mean loss in nats per target; with several loss terms <c>[term]_loss</c> of each; of a mixture <c>loss/[source]</c>;
    /// and <c>perplexity</c> of the first term where it is a likelihood.
    /// </summary>
    public IReadOnlyDictionary<string, double> Evaluate(Objective objective, Device device, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(device);
        var sums = new List<TermSum>();
        using var sources = new SourceLosses();
        for (long i = 0; i < batchCount; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = objective.Prepare(data.At(i), StableSeed.RandomOf(seed, i));
            var counts = objective.CountTargets(batch);
            var terms = objective.Compute(batch.To(device));
            if (SourcedLoss.Of(terms, batch) is { } sourced)
            {
                sources.Add(sourced);
            }

            for (var t = 0; t < terms.Count; t++)
            {
                if (sums.Count == t)
                {
                    sums.Add(new(terms[t].Name, terms[t].Weight, terms[t].IsLikelihood, 0, 0));
                }

                if (counts[t] > 0)
                {
                    sums[t] = sums[t] with { Sum = sums[t].Sum + terms[t].Sum.ToDouble(), Count = sums[t].Count + counts[t] };
                }
            }
        }

        var scores = Scores(sums);
        foreach (var (source, loss) in sources.Read() ?? [])
        {
            scores[$"loss/{source}"] = loss.Loss;
        }

        return scores;
    }

    private static SortedDictionary<string, double> Scores(List<TermSum> sums)
    {
        if (sums.All(term => term.Count == 0))
        {
            throw new PlinthException("The evaluation batches hold no targets, so there is no loss to measure. Give the evaluation data with labels, or more batches.");
        }

        var scores = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["loss"] = sums.Sum(term => term.Weight * term.Mean),
        };
        if (sums[0].IsLikelihood)
        {
            scores["perplexity"] = Math.Exp(sums[0].Mean);
        }

        foreach (var term in sums.Where(_ => sums.Count > 1))
        {
            scores[term.Name + "_loss"] = term.Mean;
        }

        return scores;
    }

    private sealed record TermSum(string Name, double Weight, bool IsLikelihood, double Sum, long Count)
    {
        public double Mean => Count == 0 ? 0 : Sum / Count;
    }
}
