using Plinth.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Adapters;

/// <summary>A small change to one <see cref="Projection"/>: what it computes is added to the projection's output.</summary>
public abstract class ProjectionAdapter : nn.Module
{
    /// <param name="name">Name of the module, for printing.</param>
    protected ProjectionAdapter(string name) : base(name) { }

    /// <summary>Its weights in the form that peft's files have, each by what follows the projection's name there, for example <c>.lora_A.weight</c>.</summary>
    public abstract IReadOnlyList<KeyValuePair<string, Tensor>> Weights { get; }

    /// <summary>What is added to the projection's output.</summary>
    /// <param name="slot">The projection.</param>
    /// <param name="input">Its input; <c>[..., input]</c>.</param>
    /// <param name="output">What it made of that alone; <c>[..., output]</c>.</param>
    /// <returns><c>[..., output]</c>.</returns>
    public abstract Tensor Change(Projection slot, Tensor input, Tensor output);

    /// <summary>The change as a matrix to add to the projection's.</summary>
    /// <param name="weight">The projection's matrix; <c>[output, input]</c>.</param>
    /// <returns><c>[output, input]</c>.</returns>
    public abstract Tensor WeightChange(Tensor weight);

    /// <summary>The change as a vector to add to the projection's, or null where it stays.</summary>
    /// <param name="bias">The projection's vector; <c>[output]</c>.</param>
    /// <returns><c>[output]</c>.</returns>
    public virtual Tensor? BiasChange(Tensor bias) => null;

    /// <summary>Adds the change to a projection's weights for good, in float32 and rounded once, however they are kept.</summary>
    /// <exception cref="PlinthException">The projection's matrix is kept in few bits, so that its own numbers are gone.</exception>
    internal void MergeInto(Projection slot)
    {
        if (slot.Quantized is { } quantized)
        {
            throw new PlinthException($"The weights under the adapter are kept in {quantized.Form}, and a change is merged into those that the model was saved with. Merge the adapter's folder into the checkpoint's (plinth merge).");
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (slot.Bias is { } bias && BiasChange(bias.to(ScalarType.Float32)) is { } shift)
        {
            bias.copy_(bias.to(ScalarType.Float32) + shift);
        }

        var weight = slot.Weight.to(ScalarType.Float32);
        slot.Weight.copy_(weight + WeightChange(weight));
    }
}
