using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>What an optimizer remembers of one weight: how often it was changed and a few tensors, made when first needed.</summary>
public sealed class WeightState
{
    private readonly SortedDictionary<string, Tensor> tensors = new(StringComparer.Ordinal);
    private readonly LastingMemory memory;

    internal WeightState(TrainedWeight weight, double decay, int number, LastingMemory memory)
    {
        this.memory = memory;
        Weight = weight;
        Decay = decay;
        Number = number;
    }

    /// <summary>The weight.</summary>
    public TrainedWeight Weight { get; }

    /// <summary>Share of the weight that decays per step at rate 1; 0 where decay does not apply.</summary>
    public double Decay { get; }

    /// <summary>Steps made, the present one included.</summary>
    public long Step { get; internal set; }

    /// <summary>Its place among the weights of the run, from 0.</summary>
    internal int Number { get; }

    internal IReadOnlyDictionary<string, Tensor> Tensors => tensors;

    /// <summary>The tensor of that name; float32 zeros of the weight's shape when it is new.</summary>
    public Tensor Get(string name) => Get(name, Weight.Value.shape);

    /// <summary>The tensor of that name; zeros of the given shape when it is new.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="type">Its numbers; one that has others, such as that of a run that kept them so, is converted.</param>
    public Tensor Get(string name, long[] shape, ScalarType type = ScalarType.Float32)
    {
        if (!tensors.TryGetValue(name, out var tensor))
        {
            tensors[name] = tensor = memory.Zeros(shape, type, Weight.Value.device).DetachFromDisposeScope();
        }
        else if (tensor.dtype != type)
        {
            using var other = tensor;
            tensors[name] = tensor = memory.Copy(other, type).DetachFromDisposeScope();
        }

        return tensor;
    }

    internal void Clear()
    {
        foreach (var tensor in tensors.Values)
        {
            tensor.Dispose();
        }

        tensors.Clear();
        Step = 0;
    }
}
