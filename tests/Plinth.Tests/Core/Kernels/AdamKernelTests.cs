using Plinth.Core.Native.Kernels;
using Plinth.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

[Collection(AloneInProcess.Name)]
public sealed class AdamKernelTests
{
    // Its tail does not fill a register, and it is shared between threads.
    private const int Count = 100_007;

    [Theory]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.BFloat16, true)]
    [InlineData(ScalarType.BFloat16, false)]
    public void Equals_the_formulas_in_double(ScalarType type, bool isDecoupled)
    {
        using var scope = NewDisposeScope();
        using var generator = manual_seed(3);
        var weight = Weight(type);
        Assert.SkipUnless(AdamKernel.Suits(weight.Value, weight.Gradient), "This machine takes libtorch's fused kernels.");
        var (value, mean, square) = (weight.Value.to(float64), zeros(Count, float64), zeros(Count, float64));
        for (var step = 1; step <= 3; step++)
        {
            weight = weight with { Gradient = randn(Count).to(type) };
            AdamKernel.Step(weight, new(0.01, 0.9, 0.99, 1e-8, 0.1, isDecoupled, step, Divisor: 2));
            var gradient = (weight.Gradient.to(float64) / 2) + (isDecoupled ? 0 : 0.1 * value);
            value = isDecoupled ? value * (1 - 0.001) : value;
            mean = (0.9 * mean) + (0.1 * gradient);
            square = (0.99 * square) + (0.01 * gradient * gradient);
            value -= 0.01 * (mean / (1 - Math.Pow(0.9, step))) / ((square / (1 - Math.Pow(0.99, step))).sqrt() + 1e-8);
        }

        Assert.InRange((weight.Value - value).abs().max().ToDouble(), 0, 1e-6);
        Assert.InRange((weight.Mean - mean).abs().max().ToDouble(), 0, 1e-6);
        Assert.InRange((weight.Square - square).abs().max().ToDouble(), 0, 1e-6);
        Assert.True(weight.Rounded!.Equals(weight.Value.to(bfloat16)));
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        using var scope = NewDisposeScope();
        var threads = get_num_threads();
        try
        {
            Tensor[] results = [.. new[] { 1, 3 }.Select(count =>
            {
                set_num_threads(count);
                using var generator = manual_seed(4);
                var weight = Weight(ScalarType.BFloat16);
                Assert.SkipUnless(AdamKernel.Suits(weight.Value, weight.Gradient), "This machine takes libtorch's fused kernels.");
                AdamKernel.Step(weight, new(0.01, 0.9, 0.99, 1e-8, 0.1, IsDecoupled: true, 1, Divisor: 1));
                return weight.Value;
            })];
            Assert.True(results[0].Equals(results[1]));
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void A_state_of_another_size_is_refused()
    {
        using var scope = NewDisposeScope();
        var weight = Weight(ScalarType.Float32) with { Mean = zeros(Count - 1) };
        Assert.Throws<ArgumentException>(() => AdamKernel.Step(weight, new(0.01, 0.9, 0.99, 1e-8, 0, IsDecoupled: true, 1, Divisor: 1)));
    }

    private static AdamKernel.Weight Weight(ScalarType type) =>
        new(randn(Count), randn(Count).to(type), zeros(Count), zeros(Count), zeros(Count, bfloat16));
}
