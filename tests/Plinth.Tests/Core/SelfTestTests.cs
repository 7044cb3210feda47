using System.Runtime.Intrinsics.X86;
using Plinth.Core.Native;
using TorchSharp;
using Xunit;

namespace Plinth.Tests.Core;

public class SelfTestTests
{
    [Fact]
    public void The_cpu_computes_rightly()
    {
        var results = SelfTest.Run(torch.CPU);

        // Every operation in both kinds of numbers that this processor has loops for.
        Assert.InRange(results.Count(result => result.Name.Contains("own loops", StringComparison.Ordinal)), Avx512F.IsSupported ? 11 : 0, Avx512F.IsSupported ? 13 : 0);
        Assert.InRange(results.Count(result => result.Name.Contains("oneDNN", StringComparison.Ordinal)), OneDnn.IsPreferred ? 3 : 0, OneDnn.IsPreferred ? 4 : 0);
        Assert.Equal(results.Count, results.Select(result => result.Name).Distinct().Count());
        Assert.All(results, result => Assert.True(result.IsOk, result.ToString()));
        Assert.All(results, result => Assert.True(result.WorstDifference > 0, $"{result.Name} compares a value with itself"));
    }

    [Fact]
    public void Wrong_missing_and_broken_numbers_fail()
    {
        Assert.True(SelfTestResult.Compare("x", [1, 100.0001], [1, 100], 1e-5).IsOk);
        Assert.False(SelfTestResult.Compare("x", [1, 100.1], [1, 100], 1e-5).IsOk);
        Assert.False(SelfTestResult.Compare("x", [1, 0], [1, 1], 1e-5).IsOk);
        Assert.False(SelfTestResult.Compare("x", [double.NaN, 1], [1, 1], 1e-5).IsOk);
        Assert.False(SelfTestResult.Compare("x", [1], [1, 1], 1e-5).IsOk);
        Assert.False(new SelfTestResult("x", 0, 1, "refused").IsOk);
    }

    [Fact]
    public void A_device_that_is_not_there_fails_every_test_and_throws_nothing()
    {
        Assert.SkipWhen(torch.cuda.is_available(), "needs a machine without CUDA");

        Assert.All(SelfTest.Run(new torch.Device(DeviceType.CUDA, 0)), result => Assert.False(result.IsOk));
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.8413447460685429)] // tables of the normal distribution
    [InlineData(-1.96, 0.024997895148220435)]
    [InlineData(5, 0.9999997133484281)]
    public void The_plain_normal_distribution_is_that_of_the_tables(double x, double expected) => Assert.Equal(expected, PlainMath.Normal(x), 1e-15);

    [Fact]
    public void The_plain_gradients_are_the_slopes_of_the_plain_function()
    {
        const double step = 1e-6;
        double[] input = PlainMath.Numbers(12, 1), gain = PlainMath.Numbers(4, 2), shift = PlainMath.Numbers(4, 3), weights = PlainMath.Numbers(12, 4);

        var (byInput, byGain, byShift) = PlainMath.NormGeluGradients(input, gain, shift, weights, 1e-5);

        Assert.All(Slopes(input).Zip(byInput), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
        Assert.All(Slopes(gain).Zip(byGain), pair => Assert.Equal(pair.First, pair.Second, 1e-7));
        Assert.All(Slopes(shift).Zip(byShift), pair => Assert.Equal(pair.First, pair.Second, 1e-7));

        double[] Slopes(double[] values) => [.. Enumerable.Range(0, values.Length).Select(i =>
        {
            var before = values[i];
            values[i] = before + step;
            var above = PlainMath.NormGelu(input, gain, shift, weights, 1e-5);
            values[i] = before - step;
            var below = PlainMath.NormGelu(input, gain, shift, weights, 1e-5);
            values[i] = before;
            return (above - below) / (2 * step);
        })];
    }

    [Fact]
    public void Plain_AdamW_takes_a_first_step_of_its_rate_against_the_gradient_after_decay()
    {
        var weights = PlainMath.AdamW([2, -3], [[5, -0.25]], rate: 0.1, beta1: 0.9, beta2: 0.999, decay: 0.5, epsilon: 0);

        Assert.Equal(2 - (0.1 * 0.5 * 2) - 0.1, weights[0], 1e-12);
        Assert.Equal(-3 + (0.1 * 0.5 * 3) + 0.1, weights[1], 1e-12);
    }
}
