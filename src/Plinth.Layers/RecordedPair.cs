using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers;

/// <summary>A <see cref="RecordedOperation{T}"/> with two results.</summary>
/// <typeparam name="T">The operation itself.</typeparam>
public abstract class RecordedPair<T> : autograd.MultiTensorFunction<T>
    where T : RecordedPair<T>, new()
{
    /// <inheritdoc />
    public sealed override string Name => typeof(T).FullName!;

#pragma warning disable CA1725 // TorchSharp's names of the parameters are abbreviations.
    /// <inheritdoc />
    public sealed override List<Tensor> forward(autograd.AutogradContext context, params object[] inputs)
    {
        // TorchSharp makes zeros, for a gradient that is not there, like the result, which may have been disposed of by then.
        context.set_materialize_grads(false);
        RecordedBackward.Note(context, inputs);
        var (first, second) = Compute(context, inputs);
        return [first, second];
    }

    /// <inheritdoc />
    public sealed override List<Tensor> backward(autograd.AutogradContext context, List<Tensor> gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        return RecordedBackward.Run(context, gradients.Where(IsThere), () => Differentiate(context, IsThere(gradients[0]) ? gradients[0] : null, IsThere(gradients[1]) ? gradients[1] : null));

        static bool IsThere(Tensor? gradient) => gradient is { IsInvalid: false };
    }

#pragma warning restore CA1725

    /// <summary>The results; also saves what <see cref="Differentiate"/> needs.</summary>
    /// <param name="context">Where it is saved.</param>
    /// <param name="inputs">The arguments of <c>apply</c>.</param>
    protected abstract (Tensor First, Tensor Second) Compute(autograd.AutogradContext context, object[] inputs);

    /// <summary>The gradients, in a dispose scope of its own.</summary>
    /// <param name="context">What was saved.</param>
    /// <param name="first">Gradient by the first result, or null where nothing depends on it.</param>
    /// <param name="second">Gradient by the second, the same.</param>
    /// <returns>One for each argument, null where there is none.</returns>
    protected abstract Tensor?[] Differentiate(autograd.AutogradContext context, Tensor? first, Tensor? second);
}
