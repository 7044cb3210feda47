using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

public sealed class NormKernelTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1)]
    [InlineData(ScalarType.Float32, 70_001)]
    [InlineData(ScalarType.BFloat16, 17)]
    [InlineData(ScalarType.BFloat16, 500_003)]
    public void Equals_the_norm_in_double(ScalarType type, int count)
    {
        using var scope = NewDisposeScope();
        var numbers = linspace(-3, 5, count).to(type);
        Assert.SkipUnless(NormKernel.Suits(numbers), "This machine takes libtorch's norm.");
        var expected = numbers.to(float64).norm().ToDouble();
        Assert.InRange(NormKernel.Norm(numbers) / expected, 1 - 1e-6, 1 + 1e-6);
    }

    [Fact]
    public void What_is_not_a_number_is_seen()
    {
        using var scope = NewDisposeScope();
        var numbers = zeros(40_000);
        Assert.SkipUnless(NormKernel.Suits(numbers), "This machine takes libtorch's norm.");
        Assert.Equal(0, NormKernel.Norm(numbers));
        numbers[39_999] = double.NaN;
        Assert.True(double.IsNaN(NormKernel.Norm(numbers)));
        numbers[39_999] = double.PositiveInfinity;
        Assert.True(double.IsPositiveInfinity(NormKernel.Norm(numbers)));
    }
}
