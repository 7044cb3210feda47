using Plinth.Core;
using Plinth.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training;

/// <summary>The loss of a step.</summary>
/// <param name="Total">Mean loss, all parts with their weights; a float32 scalar.</param>
/// <param name="Names">Names of the parts; empty where there is but one.</param>
/// <param name="Terms">Mean of each part before its weight, 0 where it had no target; float32 <c>[term]</c>, or null where there is but one.</param>
/// <param name="Sourced">The same loss by the sources of a mixture, batch by batch.</param>
internal sealed record StepLoss(Tensor Total, IReadOnlyList<string> Names, Tensor? Terms, IReadOnlyList<SourcedLoss> Sourced);

/// <summary>
/// Computes the gradients of one step. The loss is the sum over all batches of the step divided by their targets
/// together, so that splitting a large batch into small ones changes nothing.
/// </summary>
internal sealed class StepComputer(Objective objective, TrainedWeights weights, TrainerOptions options, Device device)
{
    /// <summary>Adds to the gradients of all weights.</summary>
    /// <param name="step">The batches.</param>
    /// <param name="pieces">In how many pieces each batch is computed, from 1; where it has fewer parts, in as many as these.</param>
    /// <returns>Mean loss of the step; on the device, owned by the current dispose scope.</returns>
    public StepLoss Backward(PreparedStep step, int pieces)
    {
        var total = zeros([], float32, device);
        var parts = step.TargetCounts.Count > 1 ? zeros(step.TargetCounts.Count, float32, device) : null;
        IReadOnlyList<string> names = [];
        List<SourcedLoss> sourced = [];
        foreach (var (index, batch) in step.Batches)
        {
            foreach (var (piece, range) in BatchPieces.Of(objective, batch, pieces).Index())
            {
                using var scope = NewDisposeScope();
                // Dropout draws from here, so that a run that goes on from a snapshot draws the same.
                using var generator = manual_seed(BatchPieces.SeedOf(options.Seed, index, piece));
                var part = pieces == 1 ? batch : objective.Part(batch, range.First, range.Count);
                var terms = objective.Compute(part.To(device));
                if (Loss(terms, step.TargetCounts) is { } loss)
                {
                    if (parts is not null)
                    {
                        names = [.. terms.Select(term => term.Name)];
                        Add(parts, Means(terms, step.TargetCounts));
                    }

                    if (SourcedLoss.Of(terms, part) is { } bySource)
                    {
                        _ = (bySource.Losses.Sums.MoveToOuterDisposeScope(), bySource.Losses.Counts.MoveToOuterDisposeScope());
                        sourced.Add(bySource);
                    }

                    Add(total, loss);
                    objective.Backward(loss);
                    weights.Collect();
                }
            }
        }

        return new(total, names, parts, sourced);
    }

    private Tensor Means(IReadOnlyList<LossTerm> terms, IReadOnlyList<long> counts) =>
        stack([.. terms.Select((term, i) => counts[i] > 0 ? term.Sum.detach().to(float32) * (1.0 / counts[i]) : zeros([], float32, device))]);

    private static Tensor? Loss(IReadOnlyList<LossTerm> terms, IReadOnlyList<long> counts)
    {
        if (terms.Count != counts.Count)
        {
            throw new InvalidOperationException($"The objective counted the targets of {counts.Count} loss terms and computed {terms.Count}.");
        }

        Tensor? loss = null;
        for (var i = 0; i < terms.Count; i++)
        {
            // A sum without a gradient is of a batch without targets of this term.
            if (counts[i] > 0 && terms[i].Sum.requires_grad)
            {
                var part = terms[i].Sum.to(float32) * (terms[i].Weight / counts[i]);
                loss = loss is null ? part : loss + part;
            }
        }

        return loss;
    }

    private static void Add(Tensor total, Tensor loss)
    {
        using var noGrad = no_grad();
        total.add_(loss);
    }
}
