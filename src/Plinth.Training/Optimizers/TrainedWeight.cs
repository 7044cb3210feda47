using System.Text.Json.Serialization;
using Plinth.Core.Native;
using Plinth.Core.Native.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Plinth.Training.Optimizers;

/// <summary>In which numbers a model computes while it is trained.</summary>
public enum Precision
{
    /// <summary>Everything in float32.</summary>
#pragma warning disable CA1720 // It is the name of the numbers, and the word that recipes use.
    Float32,
#pragma warning restore CA1720

    /// <summary>Weights and activations in bfloat16; the optimizer keeps float32 masters, so that small changes are not lost.</summary>
    [JsonStringEnumMemberName("bfloat16")]   // the name that everybody knows, not the words that its capitals make
    BFloat16,
}

/// <summary>
/// One parameter as an optimizer sees it: a float32 value to change and a float32 gradient. With a model in bfloat16
/// the value is a master copy (Micikevicius et al. 2017, arXiv:1710.03740); otherwise it is the parameter itself.
/// </summary>
public sealed class TrainedWeight : IDisposable
{
    private readonly RoundedParameter? kept;
    private Tensor? sum;
    private bool isPublished;

    /// <param name="name">Name that is unique in the run; optimizer state is stored under it.</param>
    /// <param name="parameter">The model's parameter. In bfloat16 it is converted in place until <see cref="Dispose"/>.</param>
    /// <param name="precision">In which numbers the model computes.</param>
    /// <param name="memory">Where what is made for the run lies; null for anywhere.</param>
    public TrainedWeight(string name, Parameter parameter, Precision precision = Precision.Float32, LastingMemory? memory = null)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        Name = name;
        Parameter = parameter;
        if (precision == Precision.BFloat16)
        {
            using var noGrad = no_grad();
            using var source = parameter.detach();
            using var own = new LastingMemory();
            var place = memory ?? own;
            kept = new(parameter, place.Copy(source, float32), place);
        }
        else
        {
            ParameterData.Convert(parameter, float32);
        }
    }

    /// <summary>Name that is unique in the run.</summary>
    public string Name { get; }

    /// <summary>The model's parameter.</summary>
    public Parameter Parameter { get; }

    /// <summary>What the learning rate of a step is multiplied by for this weight.</summary>
    public double RateFactor { get; internal set; } = 1;

    /// <summary>What its decay is multiplied by, beside the rate.</summary>
    public double DecayFactor { get; internal set; } = 1;

    /// <summary>What the optimizer changes; float32, <c>[...]</c> as the parameter.</summary>
    public Tensor Value => kept?.Full ?? Parameter;

    /// <summary>Gradient of this step, or null when the parameter took no part; float32. Each call may make a new handle, owned by the current dispose scope.</summary>
    public Tensor? Gradient => CollectedGradient is { } collected ? collected.to(float32) : null;

    /// <summary>The same in the numbers in which it was collected, float32 or bfloat16.</summary>
    internal Tensor? CollectedGradient => kept is null ? Parameter.grad : sum;

    /// <summary>The model's parameter where it is not what the optimizer changes: bfloat16, <c>[...]</c>.</summary>
    internal Tensor? Rounded => kept is null ? null : Parameter;

    /// <summary>
    /// Takes over what one backward pass left. Float32 gradients stay with the parameter, which sums them itself;
    /// bfloat16 ones are summed in float32, since a sum of many in bfloat16 would lose the small ones. A single one stays what it is where
    /// the optimizer's own loops read it so.
    /// </summary>
    public void Collect()
    {
        if (kept is null || Parameter.grad is not { } gradient)
        {
            return;
        }

        using var noGrad = no_grad();
        Parameter.grad = null;
        if (sum is null && NormKernel.Suits(gradient))
        {
            sum = gradient.DetachFromDisposeScope();
            return;
        }

        Widen();
        if (sum is null)
        {
            sum = gradient.to(float32).DetachFromDisposeScope();
        }
        else
        {
            sum.add_(gradient);
        }

        gradient.Dispose();
    }

    /// <summary>Writes the optimizer's value into the model's parameter, unless the optimizer has done so.</summary>
    public void Publish()
    {
        if (kept is not null && !isPublished)
        {
            using var noGrad = no_grad();
            Parameter.copy_(kept.Full);
        }

        isPublished = false;
    }

    /// <summary>Says that <see cref="Rounded"/> has the optimizer's value already, until the next <see cref="Publish"/>.</summary>
    internal void MarkPublished() => isPublished = true;

    /// <summary>Forgets the gradient.</summary>
    public void Clear()
    {
        sum?.Dispose();
        sum = null;
        Parameter.grad = null;
    }

    /// <summary>Lets the model compute with the master until <see cref="TakeBack"/>, for example while it is saved.</summary>
    internal void Lend() => kept?.Lend();

    /// <summary>Ends <see cref="Lend"/>.</summary>
    internal void TakeBack() => kept?.TakeBack();

    /// <summary>Forgets gradient and master; a parameter that was converted is float32 again, with the master's value.</summary>
    public void Dispose()
    {
        Clear();
        kept?.Dispose();
    }

    private void Widen()
    {
        if (sum is { dtype: ScalarType.BFloat16 } narrow)
        {
            sum = narrow.to(float32).DetachFromDisposeScope();
            narrow.Dispose();
        }
    }
}
