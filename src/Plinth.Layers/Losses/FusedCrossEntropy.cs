using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Losses;

/// <summary>Summed cross entropy by <see cref="CrossEntropyKernel"/>, which computes the gradient in the same visit (Hsu et al. 2024, arXiv:2410.10989).</summary>
internal static class FusedCrossEntropy
{
    /// <summary>Whether the kernel can do it and gains by it.</summary>
    /// <param name="logits">Raw scores; <c>[target, class]</c>.</param>
    public static bool Suits(Tensor logits) => CrossEntropyKernel.Suits(logits);

    /// <summary>The loss; a float32 scalar.</summary>
    /// <param name="logits">Raw scores, float32 or bfloat16; <c>[target, class]</c>.</param>
    /// <param name="targets">Class numbers, or <see cref="Core.Batch.IgnoredLabel"/>; int64 <c>[target]</c>.</param>
    /// <param name="shape">What is added, or null for nothing.</param>
    public static Tensor Sum(Tensor logits, Tensor targets, ILossShape? shape)
    {
        var (smoothing, penalty) = (shape?.LabelSmoothing ?? 0, shape?.NormalizerPenalty ?? 0);
        var ids = targets.contiguous();
        return is_grad_enabled() && logits.requires_grad
            ? Recorded.apply(logits, ids, new Form(smoothing, penalty))
            : CrossEntropyKernel.Run(logits, ids, smoothing, penalty, withGradient: false).Losses.sum();
    }

    private sealed record Form(double Smoothing, double Penalty);

    private sealed class Recorded : RecordedOperation<Recorded>
    {
        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var form = (Form)inputs[2];
            var (losses, gradient) = CrossEntropyKernel.Run((Tensor)inputs[0], (Tensor)inputs[1], form.Smoothing, form.Penalty, withGradient: true);
            context.save_for_backward([gradient!]);
            return losses.sum();
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var saved = context.get_saved_variables()[0];
            var factor = gradient.ToSingle();
            return [factor == 1 ? saved : saved * factor, null, null];
        }
    }
}
