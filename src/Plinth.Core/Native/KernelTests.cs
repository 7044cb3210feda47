using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>
/// The loops of our own, and the functions of libtorch that are reached by their addresses, beside textbook formulas in double precision: another
/// libtorch may have those functions in another form, and another processor may take another way through them.
/// </summary>
internal static class KernelTests
{
    private const double Epsilon = 1e-5;

    // Wider than those of single operations: a gradient is a sum over many rows, of numbers that were rounded before.
    private const double Float32Tolerance = 5e-5, BFloat16Tolerance = 1.0 / 32;

    private static readonly LayerNormKernel.Form norm = new(Epsilon, IsCentered: true);

    /// <summary>Those that this machine's processor can do.</summary>
    public static IReadOnlyList<Test> All() => RowKernel.IsPreferred ? [.. Of(ScalarType.Float32, "", Float32Tolerance), .. Of(ScalarType.BFloat16, " in bfloat16", BFloat16Tolerance)] : [];

    private static IEnumerable<Test> Of(ScalarType type, string suffix, double tolerance)
    {
        if (OneDnn.IsPreferred && (type == ScalarType.Float32 || ProcessorFeatures.MultipliesBFloat16))
        {
            yield return New("linear map and its gradients by oneDNN", [[1030, 320], [512, 320], [512]], [1030, 512], LinearMap, inputs => inputs[0].matmul(inputs[1].t()) + inputs[2]);
        }

        if (type == ScalarType.Float32 ? AttentionKernel.IsAvailable : MatrixKernel.IsAvailable<BFloat16Numbers>())
        {
            yield return New("attention and its gradients, own loops", [[2, 4, 70, 32], [2, 2, 70, 32], [2, 2, 70, 32]], [2, 4, 70, 32], Attention, PlainAttention);
        }

        yield return New("layer norm and its gradients, own loops", [[70, 48], [70, 48], [48], [48]], [70, 48], Norm, PlainNorm);
        yield return New("GELU and its gradient, own loops", [[70, 67]], [70, 67], (inputs, gradient) => [TanhGeluKernel.Forward(inputs[0]), TanhGeluKernel.Backward(inputs[0], gradient)], PlainGelu);
        yield return New("SiLU gate and its gradients, own loops", [[70, 67], [70, 67]], [70, 67], Gate, inputs => inputs[0] * inputs[0].sigmoid() * inputs[1]);
        yield return New("rotary positions and their gradient, own loops", [[2, 3, 7, 40]], [2, 3, 7, 40], Rotary, PlainRotary);
        yield return New("cross-entropy and its gradient, own loops", [[9, 131]], [9], CrossEntropy, PlainCrossEntropy);

        Test New(string name, long[][] inputs, long[] output, Func<Tensor[], Tensor, Tensor[]> ours, Func<Tensor[], Tensor> formula) =>
            new(name + suffix, type, tolerance, inputs, output, ours, formula);
    }

    private static Tensor[] LinearMap(Tensor[] inputs, Tensor gradient) =>
    [
        OneDnn.Linear(inputs[0], inputs[1], inputs[2]), OneDnn.Linear(gradient, inputs[1].t()), OneDnn.Multiply(gradient.t(), inputs[0]), ColumnSumKernel.Sum(gradient),
    ];

    private static Tensor[] Attention(Tensor[] inputs, Tensor gradient)
    {
        var asked = new AttentionKernel.Inputs(inputs[0], inputs[1], inputs[2], null, 1 / Math.Sqrt(inputs[0].size(3)), IsCausal: true);
        var (mixed, sums) = AttentionKernel.Forward(asked);
        var (queries, keys, values) = AttentionKernel.Backward(asked, mixed, sums, gradient);
        return [mixed, queries, keys, values];
    }

    private static Tensor PlainAttention(Tensor[] inputs)
    {
        var (keys, values) = (inputs[1].repeat_interleave(2, 1), inputs[2].repeat_interleave(2, 1));
        var scores = inputs[0].matmul(keys.transpose(2, 3)) / Math.Sqrt(inputs[0].size(3));
        var later = ones([scores.size(2), scores.size(3)], ScalarType.Bool).triu(1);
        return scores.masked_fill(later, double.NegativeInfinity).softmax(3).matmul(values);
    }

    private static Tensor[] Norm(Tensor[] inputs, Tensor gradient)
    {
        var (sum, normed) = LayerNormKernel.Forward(inputs[0], inputs[1], inputs[2], inputs[3], norm);
        var by = LayerNormKernel.Backward(sum, inputs[2], gradient, null, norm, ofScale: true, ofShift: true);
        return [normed, by.Input, by.Input, by.Scale!, by.Shift!];
    }

    private static Tensor PlainNorm(Tensor[] inputs)
    {
        var sum = inputs[0] + inputs[1];
        var centered = sum - sum.mean([1], keepdim: true);
        return (centered / (centered.square().mean([1], keepdim: true) + Epsilon).sqrt() * inputs[2]) + inputs[3];
    }

    private static Tensor PlainGelu(Tensor[] inputs) =>
        inputs[0] * 0.5 * (1 + (Math.Sqrt(2 / Math.PI) * (inputs[0] + (0.044715 * inputs[0].pow(3)))).tanh());

    private static Tensor[] Gate(Tensor[] inputs, Tensor gradient)
    {
        var (gate, value) = SiluGateKernel.Backward(inputs[0], inputs[1], gradient);
        return [SiluGateKernel.Forward(inputs[0], inputs[1]), gate, value];
    }

    private static Tensor[] Rotary(Tensor[] inputs, Tensor gradient)
    {
        var (cosines, sines) = Angles(inputs[0]);
        return [RotaryKernel.Rotate(inputs[0], cosines, sines, isBack: false), RotaryKernel.Rotate(gradient, cosines, sines, isBack: true)];
    }

    // 32 of the numbers of a head are rotated, the rest is not.
    private static Tensor PlainRotary(Tensor[] inputs)
    {
        var (cosines, sines) = Angles(inputs[0]);
        var parts = inputs[0].split([16, 16, inputs[0].size(3) - 32], 3);
        return cat([(cat([parts[0], parts[1]], 3) * cosines) + (cat([-parts[1], parts[0]], 3) * sines), parts[2]], 3);
    }

    // Coarse ones, which bfloat16 can hold; that they are of no circle does not matter.
    private static (Tensor Cosines, Tensor Sines) Angles(Tensor like)
    {
        var half = arange(like.size(2) * 16, ScalarType.Float64).reshape(1, 1, like.size(2), 16) / 128;
        var cosines = cat([half, half], 3).to(like.dtype);
        return (cosines, (1 - cosines).contiguous());
    }

    private static Tensor[] CrossEntropy(Tensor[] inputs, Tensor gradient)
    {
        using var targets = Targets(inputs[0]);
        var (losses, slopes) = CrossEntropyKernel.Run(inputs[0], targets, smoothing: 0, penalty: 0, withGradient: true);
        return [losses, slopes! * gradient.unsqueeze(1)];
    }

    private static Tensor PlainCrossEntropy(Tensor[] inputs)
    {
        using var targets = Targets(inputs[0]);
        return inputs[0].logsumexp(1) - inputs[0].gather(1, targets.unsqueeze(1)).squeeze(1);
    }

    private static Tensor Targets(Tensor logits) => arange(logits.size(0), ScalarType.Int64) * 13;

    /// <summary>One operation and its gradients.</summary>
    /// <param name="Name">What it is called.</param>
    /// <param name="Type">In which numbers it is computed.</param>
    /// <param name="Tolerance">What is allowed.</param>
    /// <param name="Inputs">The inputs' shapes.</param>
    /// <param name="Output">That of what comes out.</param>
    /// <param name="Ours">From the inputs and the gradient of what comes out: what comes out, and the gradient of each input.</param>
    /// <param name="Formula">From the inputs what comes out.</param>
    public sealed record Test(
        string Name, ScalarType Type, double Tolerance, long[][] Inputs, long[] Output, Func<Tensor[], Tensor, Tensor[]> Ours, Func<Tensor[], Tensor> Formula)
    {
        /// <summary>Runs it.</summary>
        public SelfTestResult Run()
        {
            Tensor[] inputs = [.. Inputs.Select((shape, at) => Numbers(shape, (uint)(20 + at)))];
            var gradient = Numbers(Output, 30);
            var actual = Ours(inputs, gradient);
            using var gradients = enable_grad();
            Tensor[] leaves = [.. inputs.Select(input => input.to(ScalarType.Float64).requires_grad_())];
            var result = Formula(leaves);
            var expected = autograd.grad([result], leaves, [gradient.to(ScalarType.Float64)]);
            return SelfTestResult.Compare(Name, [.. actual.SelectMany(SelfTest.Get)], [.. expected.Prepend(result).SelectMany(SelfTest.Get)], Tolerance);
        }

        // Rounded to the type first: what is computed from them is to differ, not they.
        private Tensor Numbers(long[] shape, uint seed)
        {
            var count = checked((int)shape.Aggregate(1L, (product, size) => product * size));
            return SelfTest.Put(CPU, PlainMath.Numbers(count, seed), shape).to(Type);
        }
    }
}
