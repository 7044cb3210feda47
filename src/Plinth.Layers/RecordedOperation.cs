using Plinth.Core.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers;

/// <summary>
/// An operation of our own with gradients. Its backward pass owns what it makes and lets nothing but its results out of it: errors are kept for
/// <see cref="BackwardPass.Run"/>.
/// </summary>
/// <typeparam name="T">The operation itself.</typeparam>
public abstract class RecordedOperation<T> : autograd.SingleTensorFunction<T>
    where T : RecordedOperation<T>, new()
{
    /// <inheritdoc />
    public sealed override string Name => typeof(T).FullName!;

#pragma warning disable CA1725 // TorchSharp's names of the parameters are abbreviations.
    /// <inheritdoc />
    public sealed override Tensor forward(autograd.AutogradContext context, params object[] inputs)
    {
        RecordedBackward.Note(context, inputs);
        return Compute(context, inputs);
    }

    /// <inheritdoc />
    public sealed override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient) =>
        RecordedBackward.Run(context, [gradient], () => Differentiate(context, gradient));

#pragma warning restore CA1725

    /// <summary>The result; also saves what <see cref="Differentiate"/> needs.</summary>
    /// <param name="context">Where it is saved.</param>
    /// <param name="inputs">The arguments of <c>apply</c>.</param>
    protected abstract Tensor Compute(autograd.AutogradContext context, object[] inputs);

    /// <summary>The gradients, in a dispose scope of its own.</summary>
    /// <param name="context">What was saved.</param>
    /// <param name="gradient">Gradient by the result; as the result.</param>
    /// <returns>One for each argument, null where there is none.</returns>
    protected abstract Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient);

    /// <summary>Gives a gradient to the weight that it is of where it can, so that libtorch makes no copy of it.</summary>
    /// <param name="weight">An argument of the operation.</param>
    /// <param name="gradient">Gradient by it.</param>
    /// <returns>What is left to return for this argument.</returns>
    protected static Tensor? Given(Tensor weight, Tensor gradient) => BackwardPass.TryAdd(weight, gradient) ? null : gradient;

    /// <summary>Gradients that have gradients themselves: those of the same operation as libtorch records it.</summary>
    /// <param name="result">What it gives; as the result.</param>
    /// <param name="sources">What it was made from.</param>
    /// <param name="gradient">Gradient by the result.</param>
    /// <returns>One for each source, null for those that ask for none.</returns>
    protected static Tensor?[] DifferentiateByTorch(Tensor result, Tensor[] sources, Tensor gradient)
    {
        ArgumentNullException.ThrowIfNull(sources);
        Tensor[] wanted = [.. sources.Where(source => source.requires_grad)];
        var found = autograd.grad([result], wanted, [gradient], retain_graph: true, create_graph: true);
        var next = 0;
        return [.. sources.Select(source => source.requires_grad ? found[next++] : null)];
    }
}
