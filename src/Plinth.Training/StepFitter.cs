using Microsoft.Extensions.Logging;
using Plinth.Core;
using Plinth.Core.Native;
using Plinth.Training.Optimizers;

namespace Plinth.Training;

/// <summary>The loss of a step, and how small the pieces were in which it was computed.</summary>
/// <param name="Loss">The loss.</param>
/// <param name="Halvings">How often its batches were halved.</param>
internal readonly record struct FittedLoss(StepLoss Loss, int Halvings);

/// <summary>Computes a step that does not fit the memory anew, in pieces half as large, to the same gradient.</summary>
internal sealed class StepFitter(StepComputer computer, Objective objective, StepOptimizer optimizer, ILogger? logger)
{
    /// <summary>Adds to the gradients of all weights.</summary>
    /// <param name="step">The batches.</param>
    /// <param name="number">Number of the step, for messages.</param>
    /// <param name="halvings">How often batches had to be halved before; they would not fit now either.</param>
    /// <param name="rescue">What an error says of the state that is safe.</param>
    /// <exception cref="TrainingMemoryException">It does not fit however small the pieces are, or it cannot be computed in pieces.</exception>
    public FittedLoss Backward(PreparedStep step, long number, int halvings, string rescue)
    {
        while (true)
        {
            try
            {
                return new(computer.Backward(step, BatchPieces.CountOf(halvings)), halvings);
            }
            catch (Exception error) when (TorchErrors.IsOutOfMemory(error))
            {
                RequireSmallerPieces(step, number, halvings, rescue, error);
            }

            optimizer.ZeroGradients();
            objective.Abandoned();
            GC.Collect();
            halvings++;
            if (logger is not null)
            {
                Log.Halved(logger, number, BatchPieces.CountOf(halvings));
            }
        }
    }

    private void RequireSmallerPieces(PreparedStep step, long number, int halvings, string rescue, Exception error)
    {
        var most = step.Batches.Max(batch => objective.PartCount(batch.Batch));
        var isBound = objective.modules().Any(layer => layer is IBatchStatistics { IsGathering: true });
        if (BatchPieces.CountOf(halvings) < most && !isBound)
        {
            return;
        }

        var advice = isBound ? "A model with batch norms cannot compute a batch in pieces: lower training.batch_size."
            : most == 1 ? "This objective compares the samples of a batch, which cannot be computed in pieces: lower training.batch_size, or set the objective's sub_batch where it has one."
            : "It does not even with one sample at a time: shorten the sequences, or choose a smaller model or an adapter.";
        throw new TrainingMemoryException($"Step {number} does not fit the memory. {advice}{rescue}", error);
    }
}
