using Plinth.Core.Native;
using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers;

/// <summary>The linear map of every layer and head, by the fastest code that this machine has for it.</summary>
public static class LinearMap
{
    // The gain of narrower maps, a tenth, is less than what a recorded call costs beside its arithmetic: TorchSharp keeps an empty tensor
    // of the output's size for each until the next garbage collection, and what lies between them makes the heap wide and cold.
    private const long NarrowestTrained = 256;

    // From one row more on, the gradient of a weight is computed in parts of so many rows. oneDNN divides the rows of a product evenly, and
    // GPT-2's 50,257 tokens are a prime number of them: in bfloat16 such a product takes half as long again as one of 50,304.
    private const long MostRowsWhole = 32768, RowsOfPart = 8192;

    /// <summary>input · weightᵀ + bias, with gradients.</summary>
    /// <param name="input"><c>[..., input]</c>.</param>
    /// <param name="weight"><c>[output, input]</c>.</param>
    /// <param name="bias"><c>[output]</c>, or null.</param>
    /// <param name="packed">The weight as <see cref="OneDnn.Pack"/> arranged it, or null.</param>
    /// <returns><c>[..., output]</c>.</returns>
    public static Tensor Apply(Tensor input, Tensor weight, Tensor? bias = null, Tensor? packed = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        var suits = OneDnn.Suits(input, weight, bias);
        if (!IsRecorded(input, weight, bias))
        {
            return suits ? OneDnn.Linear(input, packed ?? weight, bias) : nn.functional.linear(input, weight, bias);
        }

        return (suits && Math.Min(weight.size(0), weight.size(1)) >= NarrowestTrained) || IsTall(input, weight)
            ? Recorded.apply(input, weight, bias!)
            : nn.functional.linear(input, weight, bias);
    }

    /// <summary>input · weightᵀ + bias, with a gradient by the input alone. The numbers of the weight are made for the product and given back after it, and made again for the gradient.</summary>
    /// <param name="input"><c>[..., input]</c>.</param>
    /// <param name="weight"><c>[output, input]</c>, in few bits.</param>
    /// <param name="bias"><c>[output]</c>, not trained; or null.</param>
    /// <returns><c>[..., output]</c>.</returns>
    public static Tensor Apply(Tensor input, QuantizedMatrix weight, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        return is_grad_enabled() && input.requires_grad ? ByQuantized.apply(input, bias!, weight) : ByQuantized.Product(input, bias, weight);
    }

    /// <summary>A map and a function after it in one pass over memory, where nothing is recorded for gradients and this machine gains by it.</summary>
    /// <param name="input"><c>[..., input]</c>.</param>
    /// <param name="weight"><c>[output, input]</c>.</param>
    /// <param name="bias"><c>[output]</c>, or null.</param>
    /// <param name="then">The function.</param>
    /// <param name="packed">The weight as <see cref="OneDnn.Pack"/> arranged it, or null.</param>
    /// <returns><c>[..., output]</c>, or null where it is to be done in two.</returns>
    internal static Tensor? TryFused(Tensor input, Tensor weight, Tensor? bias, FusedFunction then, Tensor? packed = null) =>
        OneDnn.Suits(input, weight, bias) && !IsRecorded(input, weight, bias) ? OneDnn.Linear(input, packed ?? weight, bias, then) : null;

    private static bool IsTall(Tensor input, Tensor weight) =>
        weight.size(0) > MostRowsWhole
        && input.dtype == ScalarType.BFloat16 && weight.dtype == ScalarType.BFloat16 && input.device_type == DeviceType.CPU;

    private static bool IsRecorded(Tensor input, Tensor weight, Tensor? bias) =>
        is_grad_enabled() && (input.requires_grad || weight.requires_grad || bias is { requires_grad: true });

    private sealed class Recorded : RecordedOperation<Recorded>
    {
        private const string BiasIsTrained = "bias";

        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var (input, weight, bias) = ((Tensor)inputs[0], (Tensor)inputs[1], (Tensor?)inputs[2]);
            context.save_for_backward([input, weight]);
            context.save_data(BiasIsTrained, bias is { requires_grad: true });
            return Map(input, weight, bias);
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var saved = context.get_saved_variables();
            var (input, weight) = (saved[0], saved[1]);
            var flat = gradient.reshape(-1, weight.size(0));
            return
            [
                input.requires_grad ? Map(flat, weight.t(), null).view(input.shape) : null,
                weight.requires_grad ? Given(weight, OfWeight(flat, input.reshape(-1, weight.size(1)))) : null,
                context.get_data(BiasIsTrained) is true ? OfBias(flat) : null,
            ];
        }

        // Gradients of gradients need operations that record.
        private static Tensor Map(Tensor input, Tensor weight, Tensor? bias) =>
            !is_grad_enabled() && OneDnn.Suits(input, weight, bias) ? OneDnn.Linear(input, weight, bias) : nn.functional.linear(input, weight, bias);

        private static Tensor OfWeight(Tensor gradient, Tensor input) =>
            is_grad_enabled() ? gradient.t().mm(input)
            : IsTall(input, gradient.t()) ? InParts(gradient, input)
            : OneDnn.Multiply(gradient.t(), input);

        private static Tensor OfBias(Tensor gradient) =>
            !is_grad_enabled() && ColumnSumKernel.Suits(gradient) ? ColumnSumKernel.Sum(gradient) : gradient.sum([0L]);

        private static Tensor InParts(Tensor gradient, Tensor input)
        {
            var result = input.new_empty(gradient.size(1), input.size(1));
            for (long start = 0; start < result.size(0); start += RowsOfPart)
            {
                var count = Math.Min(RowsOfPart, result.size(0) - start);
                using var part = result.narrow(0, start, count);
                using var columns = gradient.narrow(1, start, count);
                using var turned = columns.t();
                var call = default(AtenCall);
                call.Push(turned).Push(input).Push(part).Invoke("aten::mm", "out");
                call.Result().Dispose();
            }

            return result;
        }
    }

    private sealed class ByQuantized : RecordedOperation<ByQuantized>
    {
        private const string Weight = "weight";

        public static Tensor Product(Tensor input, Tensor? bias, QuantizedMatrix weight)
        {
            using var restored = weight.Restore(input.dtype);
            return LinearMap.Apply(input, restored, bias);
        }

        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var weight = (QuantizedMatrix)inputs[2];
            context.save_data(Weight, weight);
            return Product((Tensor)inputs[0], (Tensor?)inputs[1], weight);
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var restored = ((QuantizedMatrix)context.get_data(Weight)).Restore(gradient.dtype);
            return [LinearMap.Apply(gradient, restored.t()), null, null];
        }
    }
}
