using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Norms;

/// <summary>Vectors divided by their root mean square, with a learned scale (Zhang, Sennrich 2019, arXiv:1910.07467), by the fastest code that this machine has for it.</summary>
internal static class RootMeanSquare
{
    /// <summary>The scaled vectors, with gradients.</summary>
    /// <param name="input"><c>[..., size]</c>.</param>
    /// <param name="scale"><c>[size]</c>.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="isFromOne">Whether 1 is added to the scale.</param>
    public static Tensor Apply(Tensor input, Tensor scale, double epsilon, bool isFromOne) =>
        !RootMeanSquareKernel.Suits(input, scale) ? ByTorch(input, scale, epsilon, isFromOne)
        : is_grad_enabled() && (input.requires_grad || scale.requires_grad) ? Recorded.apply(input.contiguous(), scale, new Form(epsilon, isFromOne))
        : RootMeanSquareKernel.Forward(input.contiguous(), scale, epsilon, isFromOne);

    private static Tensor ByTorch(Tensor input, Tensor scale, double epsilon, bool isFromOne)
    {
        // In float32 whatever the input is: a bfloat16 mean of squares loses too much.
        var wide = input.to(ScalarType.Float32);
        var scaled = wide * (wide.square().mean([-1L], keepdim: true) + epsilon).rsqrt();
        return isFromOne
            ? (scaled * (1 + scale.to(ScalarType.Float32))).to(input.dtype)
            : scale * scaled.to(input.dtype);
    }

    private sealed record Form(double Epsilon, bool IsFromOne);

    private sealed class Recorded : RecordedOperation<Recorded>
    {
        private const string FormKey = "form";

        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var (input, scale, form) = ((Tensor)inputs[0], (Tensor)inputs[1], (Form)inputs[2]);
            context.save_for_backward([input, scale]);
            context.save_data(FormKey, form);
            return RootMeanSquareKernel.Forward(input, scale, form.Epsilon, form.IsFromOne);
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var (saved, form) = (context.get_saved_variables(), (Form)context.get_data(FormKey));
            if (is_grad_enabled())
            {
                return [.. DifferentiateByTorch(ByTorch(saved[0], saved[1], form.Epsilon, form.IsFromOne), [.. saved], gradient), null];
            }

            var (ofInput, ofScale) = RootMeanSquareKernel.Backward(saved[0], saved[1], gradient.contiguous(), form.Epsilon, form.IsFromOne, saved[1].requires_grad);
            return [ofInput, ofScale, null];
        }
    }
}
