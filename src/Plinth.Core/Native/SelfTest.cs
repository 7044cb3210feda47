using System.Runtime.InteropServices;
using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Core.Native;

/// <summary>
/// Computes on a device what training is made of and compares it with <see cref="PlainMath"/>: a libtorch that loads without
/// complaint can still compute wrong numbers.
/// </summary>
public static class SelfTest
{
    private const double PartTolerance = 1e-5;
    private const double BFloat16Tolerance = 1.0 / 256; // the result's 8 significant bits; the inputs below need no rounding
    private const double Epsilon = 1e-5;
    private const double Rate = 0.01, Beta1 = 0.9, Beta2 = 0.99, Decay = 0.1, AdamEpsilon = 1e-8;

    /// <summary>Runs all tests; an operation that a device refuses is a failed test, not an exception.</summary>
    /// <param name="device">The device; it must exist.</param>
    public static IReadOnlyList<SelfTestResult> Run(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        TorchRuntime.EnsureLoaded();
        return
        [
            Guard("matrix product", PartTolerance, name => Multiply(name, device, ScalarType.Float32, PartTolerance)),
            Guard("matrix product in bfloat16", BFloat16Tolerance, name => Multiply(name, device, ScalarType.BFloat16, BFloat16Tolerance)),
            .. device.type == DeviceType.CPU && OneDnn.IsPreferred ? [Guard("linear map by oneDNN", PartTolerance, name => LinearMap(name, device)), Guard("packed linear map by oneDNN", PartTolerance, name => PackedMap(name, device))] : Array.Empty<SelfTestResult>(),
            Guard("convolution over maps", PartTolerance, name => Convolution(name, device)),
            Guard("causal attention", PartTolerance, name => Attention(name, device)),
            Guard("cross-entropy", PartTolerance, name => CrossEntropy(name, device)),
            Guard("gradients of layer norm and GELU", PartTolerance, name => Gradients(name, device)),
            Guard("fused AdamW", PartTolerance, name => AdamW(name, device)),
            .. device.type == DeviceType.CPU ? KernelTests.All().Select(test => Guard(test.Name, test.Tolerance, _ => test.Run())) : [],
            .. device.type == DeviceType.CPU && RowKernel.IsPreferred ? [Guard("AdamW, own loops", PartTolerance, OwnAdamW)] : Array.Empty<SelfTestResult>(),
        ];
    }

    private static SelfTestResult Multiply(string name, Device device, ScalarType type, double tolerance)
    {
        const int rows = 37, inner = 53, columns = 29;
        double[] left = Inputs(rows * inner, 1), right = Inputs(inner * columns, 2);
        var product = Put(device, left, rows, inner).to(type).matmul(Put(device, right, inner, columns).to(type));
        return SelfTestResult.Compare(name, Get(product), PlainMath.Multiply(left, right, rows, inner, columns), tolerance);

        double[] Inputs(int count, uint seed) => type == ScalarType.BFloat16 ? Coarse(PlainMath.Numbers(count, seed)) : PlainMath.Numbers(count, seed);
    }

    // 512 columns: a width at which another way into oneDNN, its convolutions, gives wrong columns in libtorch 2.10.
    private static SelfTestResult LinearMap(string name, Device device)
    {
        const int rows = 96, inner = 64, columns = 512;
        double[] left = PlainMath.Numbers(rows * inner, 1), right = PlainMath.Numbers(inner * columns, 2);
        var product = OneDnn.Linear(Put(device, left, rows, inner), Put(device, right, inner, columns).t());
        return SelfTestResult.Compare(name, Get(product), PlainMath.Multiply(left, right, rows, inner, columns), PartTolerance);
    }

    // Every width that OneDnn packs must be right; 211 is one at which libtorch 2.10 is not, on some processors, and which it therefore must not pack.
    private static SelfTestResult PackedMap(string name, Device device)
    {
        const int rows = 96, inner = 300;
        var (actual, expected) = (new List<double>(), new List<double>());
        foreach (var columns in new[] { 64, 211, 384, 1_536 })
        {
            double[] left = PlainMath.Numbers(rows * inner, 15), right = PlainMath.Numbers(inner * columns, 16);
            var weight = Put(device, right, inner, columns).t().contiguous();
            actual.AddRange(Get(OneDnn.Linear(Put(device, left, rows, inner), OneDnn.CanPack(weight) ? OneDnn.Pack(weight) : weight)));
            expected.AddRange(PlainMath.Multiply(left, right, rows, inner, columns));
        }

        return SelfTestResult.Compare(name, [.. actual], [.. expected], PartTolerance);
    }

    // Channels last in memory, as our layers lay maps out; with channels first libtorch 2.10 is wrong at these widths on some processors.
    private static SelfTestResult Convolution(string name, Device device)
    {
        const int height = 7, width = 9, inputs = 33, outputs = 65;
        double[] map = PlainMath.Numbers(height * width * inputs, 17), weights = PlainMath.Numbers(outputs * inputs * 9, 18);
        var output = nn.functional.conv2d(Put(device, map, 1, height, width, inputs).permute(0, 3, 1, 2), Put(device, weights, outputs, inputs, 3, 3), padding: [1L, 1L]);
        return SelfTestResult.Compare(name, Get(output.permute(0, 2, 3, 1)), PlainMath.Convolve(map, weights, height, width, inputs, outputs), PartTolerance);
    }

    private static SelfTestResult Attention(string name, Device device)
    {
        const int batch = 2, heads = 3, seq = 19, head = 16, size = seq * head;
        double[] query = PlainMath.Numbers(batch * heads * size, 3), key = PlainMath.Numbers(batch * heads * size, 4), value = PlainMath.Numbers(batch * heads * size, 5);
        var expected = Enumerable.Range(0, batch * heads).SelectMany(index => PlainMath.CausalAttention(
            query.AsSpan(index * size, size), key.AsSpan(index * size, size), value.AsSpan(index * size, size), seq, head)).ToArray();
        var output = nn.functional.scaled_dot_product_attention(
            Put(device, query, batch, heads, seq, head), Put(device, key, batch, heads, seq, head), Put(device, value, batch, heads, seq, head), is_casual: true);
        return SelfTestResult.Compare(name, Get(output), expected, PartTolerance);
    }

    private static SelfTestResult CrossEntropy(string name, Device device)
    {
        const int rows = 7, classes = 101;
        var logits = PlainMath.Numbers(rows * classes, 6);
        long[] targets = [0, 100, 50, 3, 3, 99, 1];
        var losses = nn.functional.cross_entropy(Put(device, logits, rows, classes), tensor(targets, device: device), reduction: nn.Reduction.None);
        return SelfTestResult.Compare(name, Get(losses), PlainMath.CrossEntropy(logits, targets), PartTolerance);
    }

    private static SelfTestResult Gradients(string name, Device device)
    {
        const int rows = 5, width = 33;
        double[] input = PlainMath.Numbers(rows * width, 7), gain = PlainMath.Numbers(width, 8), shift = PlainMath.Numbers(width, 9), weights = PlainMath.Numbers(rows * width, 10);
        using var gradients = enable_grad();
        Tensor[] leaves = [Put(device, input, rows, width), Put(device, gain, width), Put(device, shift, width)];
        foreach (var leaf in leaves)
        {
            leaf.requires_grad = true;
        }

        var output = nn.functional.gelu(nn.functional.layer_norm(leaves[0], [width], leaves[1], leaves[2], Epsilon));
        var sum = (output * Put(device, weights, rows, width)).sum();
        sum.backward();
        var actual = Get(sum).Concat(leaves.SelectMany(leaf => Get(leaf.grad!))).ToArray();
        var (byInput, byGain, byShift) = PlainMath.NormGeluGradients(input, gain, shift, weights, Epsilon);
        return SelfTestResult.Compare(name, actual, [PlainMath.NormGelu(input, gain, shift, weights, Epsilon), .. byInput, .. byGain, .. byShift], PartTolerance);
    }

    private static SelfTestResult AdamW(string name, Device device) => AdamW(name, device, (state, step) =>
    {
        var call = new AtenCall();
        call.Push([state.Value]).Push([state.Gradient]).Push([state.Mean]).Push([state.Square]).Push(Array.Empty<Tensor>())
            .Push([full(1, step, dtype: ScalarType.Float32, device: device).squeeze()])
            .Push(Rate).Push(Beta1).Push(Beta2).Push(Decay).Push(AdamEpsilon).Push(false).Push(false).PushNone().PushNone();
        call.Invoke("aten::_fused_adamw_");
    });

    private static SelfTestResult OwnAdamW(string name) => AdamW(name, CPU, (state, step) =>
        AdamKernel.Step(state, new(Rate, Beta1, Beta2, AdamEpsilon, Decay, IsDecoupled: true, step, Divisor: 1)));

    private static SelfTestResult AdamW(string name, Device device, Action<AdamKernel.Weight, int> apply)
    {
        const int count = 67;
        var start = PlainMath.Numbers(count, 11);
        double[][] gradients = [PlainMath.Numbers(count, 12), PlainMath.Numbers(count, 13), PlainMath.Numbers(count, 14)];
        Tensor weights = Put(device, start, count), first = zeros(count, device: device), second = zeros(count, device: device);
        for (var step = 1; step <= gradients.Length; step++)
        {
            apply(new(weights, Put(device, gradients[step - 1], count), first, second, null), step);
        }

        return SelfTestResult.Compare(name, Get(weights), PlainMath.AdamW(start, gradients, Rate, Beta1, Beta2, Decay, AdamEpsilon), PartTolerance);
    }

    private static SelfTestResult Guard(string name, double tolerance, Func<string, SelfTestResult> test)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        try
        {
            return test(name);
        }
        catch (Exception error) when (error is ExternalException or PlinthException or NotSupportedException or InvalidOperationException)
        {
            return new(name, double.NaN, tolerance, error.Message.Split('\n')[0].Trim());
        }
    }

    private static double[] Coarse(double[] values) => Array.ConvertAll(values, value => Math.Round(value * 64) / 64);

    /// <summary>Numbers as float32 on a device.</summary>
    internal static Tensor Put(Device device, double[] values, params long[] shape) =>
        tensor(Array.ConvertAll(values, value => (float)value), shape).to(device);

    /// <summary>A tensor's numbers.</summary>
    internal static double[] Get(Tensor values) => values.detach().cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray();
}
