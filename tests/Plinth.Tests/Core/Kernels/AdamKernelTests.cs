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

    // Each step takes 0.1 % of the square away, less than half of what bfloat16 can tell: rounded to the nearest it would stay 1 for ever.
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Small_moments_lose_nothing_on_average(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var generator = manual_seed(5);
        var weight = Weight(type) with { Gradient = zeros(Count, type), Mean = ones(Count, bfloat16), Square = ones(Count, bfloat16) };
        Assert.SkipUnless(AdamKernel.Suits(weight.Value, weight.Gradient), "This machine takes libtorch's fused kernels.");
        var before = weight.Value.clone();
        for (var step = 1; step <= 1000; step++)
        {
            AdamKernel.Step(weight, new(1e-3, 0.999, 0.999, 1e-8, 0, IsDecoupled: true, step, Divisor: 1) { Seed = step });
        }

        var expected = Math.Pow(0.999, 1000);
        Assert.InRange(weight.Mean.to(float64).mean().ToDouble(), expected - 1e-3, expected + 1e-3);
        Assert.InRange(weight.Square.to(float64).mean().ToDouble(), expected - 1e-3, expected + 1e-3);
        // Each number for itself, the last of which fill no register.
        Assert.InRange(weight.Square.to(float64).std().ToDouble(), 1e-3, 5e-2);
        Assert.InRange(weight.Square.narrow(0, Count - 7, 7).to(float64).mean().ToDouble(), 0.3, 0.45);
        Assert.InRange(((weight.Mean.to(float64) - expected) * (weight.Square.to(float64) - expected)).mean().abs().ToDouble(), 0, 1e-5);
        Assert.True(weight.Value.lt(before).all().ToBoolean());
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_small_moment_is_one_of_the_two_that_are_next_to_the_exact_one(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var generator = manual_seed(6);
        var exact = Weight(type);
        Assert.SkipUnless(AdamKernel.Suits(exact.Value, exact.Gradient), "This machine takes libtorch's fused kernels.");
        var small = exact with { Value = exact.Value.clone(), Mean = zeros(Count, bfloat16), Square = zeros(Count, bfloat16) };
        AdamKernel.Settings settings = new(0.01, 0.9, 0.99, 1e-8, 0.1, IsDecoupled: true, 1, Divisor: 1) { Seed = 7 };
        AdamKernel.Step(exact, settings);
        AdamKernel.Step(small, settings);
        // A step is made with what is not rounded yet.
        Assert.True(exact.Value.equal(small.Value).all().ToBoolean());
        foreach (var (whole, rounded) in new[] { (exact.Mean, small.Mean), (exact.Square, small.Square) })
        {
            Assert.InRange(((rounded.to(float64) - whole.to(float64)).abs() / whole.to(float64).abs()).max().ToDouble(), 0, 1.0 / 128);
            Assert.InRange(((rounded.to(float64) - whole.to(float64)) / whole.to(float64)).mean().abs().ToDouble(), 0, 5e-5);
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void The_number_of_threads_changes_no_bit(ScalarType moments)
    {
        using var scope = NewDisposeScope();
        var threads = get_num_threads();
        try
        {
            Tensor[] results = [.. new[] { 1, 3 }.Select(count =>
            {
                set_num_threads(count);
                using var generator = manual_seed(4);
                var weight = Weight(ScalarType.BFloat16) with { Mean = zeros(Count, moments), Square = zeros(Count, moments) };
                Assert.SkipUnless(AdamKernel.Suits(weight.Value, weight.Gradient), "This machine takes libtorch's fused kernels.");
                AdamKernel.Step(weight, new(0.01, 0.9, 0.99, 1e-8, 0.1, IsDecoupled: true, 1, Divisor: 1) { Seed = 8 });
                return cat([weight.Value, weight.Mean.to(float32), weight.Square.to(float32)]);
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

    [Fact]
    public void Moments_in_two_kinds_of_numbers_are_refused()
    {
        using var scope = NewDisposeScope();
        var weight = Weight(ScalarType.Float32) with { Mean = zeros(Count, bfloat16) };
        Assert.Throws<ArgumentException>(() => AdamKernel.Step(weight, new(0.01, 0.9, 0.99, 1e-8, 0, IsDecoupled: true, 1, Divisor: 1)));
    }

    private static AdamKernel.Weight Weight(ScalarType type) =>
        new(randn(Count), randn(Count).to(type), zeros(Count), zeros(Count), zeros(Count, bfloat16));
}
