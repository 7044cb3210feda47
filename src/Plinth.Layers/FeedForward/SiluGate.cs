using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.FeedForward;

/// <summary>A value times x·σ(x) of its gate (SwiGLU: Shazeer 2020, arXiv:2002.05202), by the fastest code that this machine has for it.</summary>
internal static class SiluGate
{
    /// <summary>The gated values, with gradients.</summary>
    /// <param name="gate">Any shape.</param>
    /// <param name="value">The same shape.</param>
    public static Tensor Apply(Tensor gate, Tensor value) =>
        !SiluGateKernel.Suits(gate, value) ? ByTorch(gate, value)
        : is_grad_enabled() && (gate.requires_grad || value.requires_grad) ? Recorded.apply(gate, value)
        : SiluGateKernel.Forward(gate, value);

    private static Tensor ByTorch(Tensor gate, Tensor value) => nn.functional.silu(gate) * value;

    private sealed class Recorded : RecordedOperation<Recorded>
    {
        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var (gate, value) = ((Tensor)inputs[0], (Tensor)inputs[1]);
            context.save_for_backward([gate, value]);
            return SiluGateKernel.Forward(gate, value);
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var saved = context.get_saved_variables();
            if (is_grad_enabled())
            {
                return DifferentiateByTorch(ByTorch(saved[0], saved[1]), [.. saved], gradient);
            }

            var (ofGate, ofValue) = SiluGateKernel.Backward(saved[0], saved[1], gradient.contiguous());
            return [ofGate, ofValue];
        }
    }
}
