using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>What an optimizer remembers of one weight: how often it was changed and a few tensors, made when first needed.</summary>
public sealed class WeightState
{
    private readonly SortedDictionary<string, Tensor> tensors = new(StringComparer.Ordinal);

    internal WeightState(TrainedWeight weight, double decay)
    {
        Weight = weight;
        Decay = decay;
    }

    /// <summary>The weight.</summary>
    public TrainedWeight Weight { get; }

    /// <summary>Share of the weight that decays per step at rate 1; 0 where decay does not apply.</summary>
    public double Decay { get; }

    /// <summary>Steps made, the present one included.</summary>
    public long Step { get; internal set; }

    internal IReadOnlyDictionary<string, Tensor> Tensors => tensors;

    /// <summary>The tensor of that name; float32 zeros of the weight's shape when it is new.</summary>
    public Tensor Get(string name) => Get(name, Weight.Value.shape);

    /// <summary>The tensor of that name; float32 zeros of the given shape when it is new.</summary>
    public Tensor Get(string name, long[] shape)
    {
        if (!tensors.TryGetValue(name, out var tensor))
        {
            tensor = zeros(shape, float32, Weight.Value.device).DetachFromDisposeScope();
            tensors.Add(name, tensor);
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
