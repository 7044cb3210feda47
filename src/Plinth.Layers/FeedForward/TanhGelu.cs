using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.FeedForward;

/// <summary>x·Φ(x) approximated by a hyperbolic tangent (Hendrycks, Gimpel 2016, arXiv:1606.08415), by the fastest code that this machine has for it.</summary>
internal static class TanhGelu
{
    /// <summary>The function, with gradients.</summary>
    /// <param name="input">Any shape.</param>
    public static Tensor Apply(Tensor input) =>
        !TanhGeluKernel.Suits(input) ? ByTorch(input)
        : is_grad_enabled() && input.requires_grad ? Recorded.apply(input)
        : TanhGeluKernel.Forward(input);

    private static Tensor ByTorch(Tensor input) => nn.functional.gelu(input, TorchSharp.Modules.GELU.Approximate.tanh, false);

    private sealed class Recorded : RecordedOperation<Recorded>
    {
        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var input = (Tensor)inputs[0];
            context.save_for_backward([input]);
            return TanhGeluKernel.Forward(input);
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var input = context.get_saved_variables()[0];
            if (is_grad_enabled())
            {
                return DifferentiateByTorch(ByTorch(input), [input], gradient);
            }

            return [TanhGeluKernel.Backward(input, gradient.contiguous())];
        }
    }
}
