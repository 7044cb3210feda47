using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Attention;

/// <summary>Attention by <see cref="AttentionKernel"/>, with gradients.</summary>
internal static class FusedAttention
{
    /// <summary>Whether the kernel can do it and gains by it.</summary>
    /// <param name="queries"><c>[batch, heads, query, head]</c>.</param>
    /// <param name="keys"><c>[batch, key heads, key, head]</c>.</param>
    /// <param name="bias">Added to the scores, or null.</param>
    /// <param name="isCausal">Whether later positions are hidden.</param>
    public static bool Suits(Tensor queries, Tensor keys, Tensor? bias, bool isCausal) =>
        AttentionKernel.Suits(queries, keys.size(2)) && queries.size(2) > 1
        && (!isCausal || queries.size(2) == keys.size(2))
        // What is the same for all queries and heads: a mask of padding.
        && (bias is null || (bias.size(1) == 1 && bias.size(2) == 1 && !bias.requires_grad));

    /// <summary>Attends; grouped queries need no copies of their keys.</summary>
    /// <param name="queries"><c>[batch, heads, query, head]</c>.</param>
    /// <param name="keys"><c>[batch, key heads, key, head]</c>.</param>
    /// <param name="values"><c>[batch, key heads, key, head]</c>.</param>
    /// <param name="bias">Added to the scores; <c>[batch or 1, 1, 1, key]</c>, or null.</param>
    /// <param name="isCausal">Whether later positions are hidden.</param>
    /// <param name="scale">What the scores are multiplied by.</param>
    /// <returns><c>[batch, heads, query, head]</c>, a view of a contiguous <c>[batch, query, heads, head]</c>.</returns>
    public static Tensor Attend(Tensor queries, Tensor keys, Tensor values, Tensor? bias, bool isCausal, double scale)
    {
        var keyBias = bias?.to(ScalarType.Float32).view(bias.size(0), -1).contiguous();
        var (q, k, v) = (Aligned(queries), Aligned(keys), Aligned(values));
        return is_grad_enabled() && (q.requires_grad || k.requires_grad || v.requires_grad)
            ? Recorded.apply(q, k, v, keyBias!, new Form(isCausal, scale))
            : AttentionKernel.Forward(new(q, k, v, keyBias, scale, isCausal)).Mixed;
    }

    private static Tensor Aligned(Tensor heads) => heads.stride(3) == 1 ? heads : heads.contiguous();

    private sealed record Form(bool IsCausal, double Scale);

    private sealed class Recorded : RecordedOperation<Recorded>
    {
        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var (q, k, v, bias, form) = ((Tensor)inputs[0], (Tensor)inputs[1], (Tensor)inputs[2], (Tensor?)inputs[3], (Form)inputs[4]);
            var (mixed, sums) = AttentionKernel.Forward(new(q, k, v, bias, form.Scale, form.IsCausal));
            context.save_for_backward(bias is null ? [q, k, v, mixed, sums] : [q, k, v, mixed, sums, bias]);
            context.save_data(nameof(Form), form);
            return mixed;
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var form = (Form)context.get_data(nameof(Form));
            var saved = context.get_saved_variables();
            var inputs = new AttentionKernel.Inputs(saved[0], saved[1], saved[2], saved.Count > 5 ? saved[5] : null, form.Scale, form.IsCausal);
            if (is_grad_enabled())
            {
                return [.. Again(inputs, gradient), null, null];
            }

            var (q, k, v) = AttentionKernel.Backward(inputs, saved[3], saved[4], Aligned(gradient));
            return [q, k, v, null, null];
        }

        // Gradients of gradients need operations that record.
        private static Tensor?[] Again(AttentionKernel.Inputs inputs, Tensor gradient)
        {
            var (q, k, v) = (inputs.Queries, inputs.Keys, inputs.Values);
            var groups = q.size(1) / k.size(1);
            var bias = inputs.KeyBias?.unsqueeze(1).unsqueeze(1).to(q.dtype);
            var mixed = ProductAttention.Attend(q, k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1), bias, inputs.IsCausal, inputs.Scale);
            return DifferentiateByTorch(mixed, [q, k, v], gradient);
        }
    }
}
