using Plinth.Core;
using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>
/// Changes weights by their gradients. TorchSharp's own optimizers keep their state by the address of a parameter;
/// here it has names, so that a snapshot can hold it, and works on float32 masters of bfloat16 weights.
/// </summary>
public abstract class StepOptimizer : IDisposable
{
    private const string StepsName = "steps";
    private readonly LastingMemory memory = new();
    private Tensor? divisor;

    /// <param name="weights">What is changed.</param>
    /// <param name="options">Decay of the weights.</param>
    protected StepOptimizer(IReadOnlyList<TrainedWeight> weights, OptimizerOptions options)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        States = [.. weights.Select((weight, number) => new WeightState(weight, options.DecayOf(weight), number, memory))];
        if (States.Select(s => s.Weight.Name).Distinct(StringComparer.Ordinal).Count() != States.Count)
        {
            throw new ArgumentException("Two weights have the same name.", nameof(weights));
        }
    }

    /// <summary>All weights in order.</summary>
    protected internal IReadOnlyList<WeightState> States { get; }

    /// <summary>
    /// Measures all gradients together and lets the next <see cref="Step"/> shorten them
    /// (Pascanu et al. 2012, arXiv:1211.5063).
    /// </summary>
    /// <param name="maximumNorm">Longest gradient, or null to measure only.</param>
    /// <returns>Lengths before clipping; they are owned by the current dispose scope.</returns>
    public GradientNorms ClipGradients(double? maximumNorm)
    {
        using var noGrad = no_grad();
        ForgetDivisor();
        var norms = GradientNorms.Of(States.Select(state => state.Weight));
        if (maximumNorm is { } limit)
        {
            divisor = norms.Total.add(1e-6).div_(limit).clamp_(min: 1).DetachFromDisposeScope();
        }

        return norms;
    }

    /// <summary>Makes one step. Weights without a gradient are left as they are.</summary>
    /// <param name="learningRate">Rate of this step.</param>
    public void Step(double learningRate)
    {
        using var noGrad = no_grad();
        StepAll(learningRate, divisor);
        ForgetDivisor();
        foreach (var state in States)
        {
            state.Weight.Publish();
        }
    }

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGradients()
    {
        ForgetDivisor();
        foreach (var state in States)
        {
            state.Weight.Clear();
        }
    }

    /// <summary>The state under unique names, owned by the optimizer; the steps are owned by the current dispose scope.</summary>
    public IReadOnlyDictionary<string, Tensor> ExportState()
    {
        var result = new SortedDictionary<string, Tensor>(StringComparer.Ordinal)
        {
            [StepsName] = tensor(States.Select(s => s.Step).ToArray()),
        };
        foreach (var state in States)
        {
            foreach (var (slot, value) in state.Tensors)
            {
                result.Add($"{slot}:{state.Weight.Name}", value);
            }
        }

        return result;
    }

    /// <summary>Takes over copies of a state that the same kind of optimizer exported for the same weights.</summary>
    /// <exception cref="BadInputException">The state is of other weights or shapes.</exception>
    public void ImportState(IReadOnlyDictionary<string, Tensor> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (!state.TryGetValue(StepsName, out var steps) || steps.dtype != ScalarType.Int64 || steps.numel() != States.Count)
        {
            throw new BadInputException($"The optimizer state is not one of these {States.Count} weights.");
        }

        var counts = steps.data<long>().ToArray();
        for (var i = 0; i < counts.Length; i++)
        {
            States[i].Clear();
            States[i].Step = counts[i];
        }

        var byName = States.ToDictionary(s => s.Weight.Name, StringComparer.Ordinal);
        foreach (var (name, value) in state.Where(entry => entry.Key != StepsName))
        {
            Import(name, value, byName);
        }
    }

    /// <summary>Releases the state.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the state.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            ForgetDivisor();
            foreach (var state in States)
            {
                state.Clear();
            }

            memory.Dispose();
        }
    }

    /// <summary>Changes all weights. The default takes one after the other.</summary>
    /// <param name="learningRate">Rate of this step.</param>
    /// <param name="divisor">What gradients are to be divided by, a scalar on the device; null for 1.</param>
    protected virtual void StepAll(double learningRate, Tensor? divisor) => StepEach(States, learningRate, divisor);

    /// <summary>Changes weights one after the other, by <see cref="Update"/>.</summary>
    /// <param name="states">Which.</param>
    /// <param name="learningRate">Rate of this step.</param>
    /// <param name="divisor">What gradients are to be divided by, a scalar on the device; null for 1.</param>
    protected void StepEach(IEnumerable<WeightState> states, double learningRate, Tensor? divisor)
    {
        ArgumentNullException.ThrowIfNull(states);
        foreach (var state in states)
        {
            using var scope = NewDisposeScope();
            if (state.Weight.Gradient is { } gradient)
            {
                state.Step++;
                Update(state, divisor is null ? gradient : gradient / divisor, learningRate * state.Weight.RateFactor);
            }
        }
    }

    /// <summary>Changes one weight in place. Called without gradients, in a dispose scope of its own.</summary>
    /// <param name="state">The weight and its state; the step is counted already.</param>
    /// <param name="gradient">Clipped gradient; it must not be changed.</param>
    /// <param name="learningRate">Rate of this step.</param>
    protected abstract void Update(WeightState state, Tensor gradient, double learningRate);

    private static void Import(string name, Tensor value, Dictionary<string, WeightState> byName)
    {
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !byName.TryGetValue(name[(colon + 1)..], out var state))
        {
            throw new BadInputException($"The optimizer state has an entry '{name}' of a weight that is not trained.");
        }

        if (value.numel() > state.Weight.Value.numel())
        {
            throw new BadInputException($"The optimizer state '{name}' is larger than its weight.");
        }

        if (value.dtype is not (ScalarType.Float32 or ScalarType.BFloat16))
        {
            throw new BadInputException($"The optimizer state '{name}' has numbers of the type {value.dtype}; float32 and bfloat16 are known.");
        }

        using var noGrad = no_grad();
        state.Get(name[..colon], value.shape, value.dtype).copy_(value);
    }

    private void ForgetDivisor()
    {
        divisor?.Dispose();
        divisor = null;
    }
}
