using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

public sealed class ColumnSumKernelTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1_027, 48)]    // a last piece that is not full, and a last row alone
    [InlineData(ScalarType.Float32, 3, 16_384)]
    [InlineData(ScalarType.BFloat16, 1_026, 48)]
    [InlineData(ScalarType.BFloat16, 4_096, 1_536)]
    public void Equals_the_sum_in_double_with_any_number_of_threads(ScalarType type, int count, int columns)
    {
        using var scope = NewDisposeScope();
        var rows = linspace(0, 1_000, (long)count * columns).sin().reshape(count, columns).to(type);
        Assert.SkipUnless(ColumnSumKernel.Suits(rows), "This machine takes libtorch's sum.");
        var sum = ColumnSumKernel.Sum(rows);

        Assert.Equal(type, sum.dtype);
        Assert.Equal([columns], sum.shape);
        var expected = rows.to(float64).sum([0L]);
        // Beside the rounding of the result, float32's own over so many rows.
        Assert.InRange(((sum.to(float64) - expected).abs() / (expected.abs() + 1)).max().ToDouble(), 0, type == ScalarType.BFloat16 ? 1.0 / 256 : 1e-5);
        var threads = get_num_threads();
        try
        {
            set_num_threads(1);
            Assert.True(ColumnSumKernel.Sum(rows).equal(sum).all().ToBoolean());
        }
        finally
        {
            set_num_threads(threads);
        }
    }
}
