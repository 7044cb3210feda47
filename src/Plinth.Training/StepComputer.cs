using Plinth.Core;
using Plinth.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training;

/// <summary>
/// Computes the gradients of one step. The loss is the sum over all batches of the step divided by their targets
/// together, so that splitting a large batch into small ones changes nothing.
/// </summary>
internal sealed class StepComputer(Objective objective, TrainedWeights weights, TrainerOptions options, Device device)
{
    /// <summary>Adds to the gradients of all weights.</summary>
    /// <returns>Mean loss of the step; a float32 scalar on the device, owned by the current dispose scope.</returns>
    public Tensor Backward(PreparedStep step)
    {
        var total = zeros([], float32, device);
        foreach (var (index, batch) in step.Batches)
        {
            using var scope = NewDisposeScope();
            // Dropout draws from here, so that a run that goes on from a snapshot draws the same.
            using var generator = manual_seed(StableSeed.Of(options.Seed, index));
            if (Loss(objective.Compute(batch.To(device)), step.TargetCounts) is { } loss)
            {
                Add(total, loss);
                objective.Backward(loss);
                weights.Collect();
            }
        }

        return total;
    }

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
