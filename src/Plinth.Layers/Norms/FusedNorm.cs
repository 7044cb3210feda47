using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Layers.Norms;

/// <summary>Norms by <see cref="LayerNormKernel"/>, with gradients.</summary>
internal static class FusedNorm
{
    private const string OptionsKey = "options", ShiftIsTrained = "shift";

    /// <summary>The norm of vectors.</summary>
    /// <param name="input"><c>[..., size]</c>.</param>
    /// <param name="scale"><c>[size]</c>.</param>
    /// <param name="shift"><c>[size]</c>, or null.</param>
    /// <param name="options">Which norm.</param>
    public static Tensor Apply(Tensor input, Tensor scale, Tensor? shift, NormOptions options) =>
        IsRecorded(input, scale, shift)
            ? OfOne.apply(input.contiguous(), scale, shift!, options)
            : LayerNormKernel.Forward(input.contiguous(), null, scale, shift, FormOf(options)).Normed;

    /// <summary>A sum, and the norm of it.</summary>
    /// <param name="input"><c>[..., size]</c>.</param>
    /// <param name="change">The same.</param>
    /// <param name="scale"><c>[size]</c>.</param>
    /// <param name="shift"><c>[size]</c>, or null.</param>
    /// <param name="options">Which norm.</param>
    public static (Tensor Sum, Tensor Normed) ApplyToSum(Tensor input, Tensor change, Tensor scale, Tensor? shift, NormOptions options)
    {
        if (!IsRecorded(input, scale, shift) && !IsRecorded(change, scale, shift))
        {
            return LayerNormKernel.Forward(input.contiguous(), change.contiguous(), scale, shift, FormOf(options));
        }

        var both = OfSum.apply(input.contiguous(), change.contiguous(), scale, shift!, options);
        return (both[0], both[1]);
    }

    /// <summary>The norm by libtorch's own operations.</summary>
    /// <param name="input"><c>[..., size]</c>.</param>
    /// <param name="scale"><c>[size]</c>.</param>
    /// <param name="shift"><c>[size]</c>, or null.</param>
    /// <param name="options">Which norm.</param>
    public static Tensor ByTorch(Tensor input, Tensor scale, Tensor? shift, NormOptions options)
    {
        if (options.Kind == NormKind.LayerNorm)
        {
            return nn.functional.layer_norm(input, scale.shape, scale, shift, options.Epsilon);
        }

        // In float32 whatever the input is: a bfloat16 mean of squares loses too much.
        var wide = input.to(ScalarType.Float32);
        var scaled = wide * (wide.square().mean([-1L], keepdim: true) + options.Epsilon).rsqrt();
        return options.Kind == NormKind.RootMeanSquareFromOne
            ? (scaled * (1 + scale.to(ScalarType.Float32))).to(input.dtype)
            : scale * scaled.to(input.dtype);
    }

    private static bool IsRecorded(Tensor input, Tensor scale, Tensor? shift) =>
        is_grad_enabled() && (input.requires_grad || scale.requires_grad || shift is { requires_grad: true });

    private static LayerNormKernel.Form FormOf(NormOptions options) => new(
        options.Epsilon,
        IsCentered: options.Kind == NormKind.LayerNorm,
        IsFromOne: options.Kind == NormKind.RootMeanSquareFromOne,
        IsRoundedFirst: options.Kind == NormKind.RootMeanSquare);

    private static void Save(autograd.AutogradContext context, Tensor sum, Tensor scale, Tensor? shift, NormOptions options)
    {
        context.save_for_backward([sum, scale]);
        context.save_data(OptionsKey, options);
        context.save_data(ShiftIsTrained, shift is { requires_grad: true });
    }

    private static LayerNormKernel.Gradients Differentiate(autograd.AutogradContext context, Tensor? ofSum, Tensor ofNormed)
    {
        var saved = context.get_saved_variables();
        var (sum, scale, options, ofShift) = (saved[0], saved[1], (NormOptions)context.get_data(OptionsKey), context.get_data(ShiftIsTrained) is true);
        return is_grad_enabled()
            ? ByFormula(sum, scale, ofSum, ofNormed, options, ofShift)
            : LayerNormKernel.Backward(sum, scale, ofNormed.contiguous(), ofSum?.contiguous(), FormOf(options), scale.requires_grad, ofShift);
    }

    // The kernel's formula in operations that record, for gradients of gradients. To differentiate libtorch's norm within this pass would not do: the
    // sum is a result of the operation whose pass this is, so that libtorch would come here again.
    private static LayerNormKernel.Gradients ByFormula(Tensor sum, Tensor scale, Tensor? ofSum, Tensor ofNormed, NormOptions options, bool ofShift)
    {
        var (x, own, factor) = (sum.to(ScalarType.Float32), ofNormed.to(ScalarType.Float32), scale.to(ScalarType.Float32));
        var isCentered = options.Kind == NormKind.LayerNorm;
        var away = isCentered ? x - Mean(x) : x;
        var root = (Mean(away.square()) + options.Epsilon).rsqrt();
        var scaled = own * (options.Kind == NormKind.RootMeanSquareFromOne ? 1 + factor : factor);
        var ofAway = scaled - (away * root.square() * Mean(scaled * away));
        var ofInput = (isCentered ? ofAway - Mean(scaled) : ofAway) * root;
        long[] rows = [.. Enumerable.Range(0, (int)sum.dim() - 1)];
        return new(
            (ofSum is null ? ofInput : ofInput + ofSum.to(ScalarType.Float32)).to(sum.dtype),
            Total(own * away * root).to(scale.dtype),
            ofShift ? Total(own).to(scale.dtype) : null);

        static Tensor Mean(Tensor numbers) => numbers.mean([-1L], keepdim: true);

        Tensor Total(Tensor numbers) => rows.Length == 0 ? numbers : numbers.sum(rows);
    }

    private sealed class OfOne : RecordedOperation<OfOne>
    {
        protected override Tensor Compute(autograd.AutogradContext context, object[] inputs)
        {
            var (input, scale, shift, options) = ((Tensor)inputs[0], (Tensor)inputs[1], (Tensor?)inputs[2], (NormOptions)inputs[3]);
            Save(context, input, scale, shift, options);
            return LayerNormKernel.Forward(input, null, scale, shift, FormOf(options)).Normed;
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor gradient)
        {
            var (ofInput, ofScale, ofShift) = FusedNorm.Differentiate(context, null, gradient);
            return [ofInput, ofScale, ofShift, null];
        }
    }

    private sealed class OfSum : RecordedPair<OfSum>
    {
        protected override (Tensor First, Tensor Second) Compute(autograd.AutogradContext context, object[] inputs)
        {
            var (input, change, scale, shift, options) = ((Tensor)inputs[0], (Tensor)inputs[1], (Tensor)inputs[2], (Tensor?)inputs[3], (NormOptions)inputs[4]);
            var (sum, normed) = LayerNormKernel.Forward(input, change, scale, shift, FormOf(options));
            Save(context, sum, scale, shift, options);
            return (sum, normed);
        }

        protected override Tensor?[] Differentiate(autograd.AutogradContext context, Tensor? first, Tensor? second)
        {
            if (second is null)
            {
                return [first, first, null, null, null];
            }

            var (ofSum, ofScale, ofShift) = FusedNorm.Differentiate(context, first, second);
            return [ofSum, ofSum, ofScale, ofShift, null];
        }
    }
}
