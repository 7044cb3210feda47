using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>
/// The running mean of the weights, which is steadier than the weights themselves (Polyak and Juditsky 1992, "Acceleration of Stochastic Approximation by
/// Averaging"). It lies with the optimizer's state, so a snapshot holds it.
/// </summary>
/// <param name="optimizer">What changes the weights.</param>
/// <param name="decay">How much of the mean is kept per step (0 to 1); less in the first steps, which know the start alone.</param>
internal sealed class WeightAverage(StepOptimizer optimizer, double decay)
{
    private const string Slot = "average";

    /// <summary>Takes the weights of a step into the mean.</summary>
    /// <param name="step">Steps that are done.</param>
    public void Follow(long step)
    {
        using var noGrad = no_grad();
        var kept = Math.Min(decay, (1.0 + step) / (10.0 + step));
        foreach (var state in optimizer.States)
        {
            var isNew = !state.Tensors.ContainsKey(Slot);
            state.Get(Slot).lerp_(state.Weight.Value, isNew ? 1 : 1 - kept);
        }
    }

    /// <summary>Lets the model have the mean until the result is disposed; then it has its own weights again, to the bit.</summary>
    public IDisposable Lend()
    {
        Swap();
        return new Loan(this);
    }

    /// <summary>Leaves the mean in the model for good where the run is over.</summary>
    public void EndRun(bool isComplete)
    {
        if (isComplete)
        {
            Swap();
        }
    }

    private void Swap()
    {
        using var noGrad = no_grad();
        foreach (var state in optimizer.States.Where(state => state.Tensors.ContainsKey(Slot)))
        {
            using var own = state.Weight.Value.detach().clone();
            state.Weight.Value.copy_(state.Get(Slot));
            state.Get(Slot).copy_(own);
            state.Weight.Publish();
        }
    }

    private sealed class Loan(WeightAverage average) : IDisposable
    {
        public void Dispose() => average.Swap();
    }
}
