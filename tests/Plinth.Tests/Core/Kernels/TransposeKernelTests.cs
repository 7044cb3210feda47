using Plinth.Core.Native.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Plinth.Tests.Core.Kernels;

/// <summary>Copies with rows and columns changed over, beside libtorch's.</summary>
public sealed class TransposeKernelTests
{
    // Whole tiles and blocks of them, what is left over on one side or both, and single rows and columns.
    [Theory]
    [InlineData(ScalarType.Float32, 256, 64)]
    [InlineData(ScalarType.BFloat16, 256, 64)]
    [InlineData(ScalarType.Float32, 700, 211)]
    [InlineData(ScalarType.BFloat16, 700, 211)]
    [InlineData(ScalarType.BFloat16, 31, 80)]
    [InlineData(ScalarType.Float32, 15, 16)]
    [InlineData(ScalarType.BFloat16, 1, 300)]
    [InlineData(ScalarType.BFloat16, 300, 1)]
    [InlineData(ScalarType.BFloat16, 0, 5)]
    public void Each_number_finds_its_place(ScalarType type, long rows, long columns)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        var matrix = randn(rows, columns).to(type);
        Assert.SkipUnless(TransposeKernel.Suits(matrix), "This machine's libtorch copies.");
        var copy = TransposeKernel.Copy(matrix);
        Assert.True(copy.is_contiguous());
        Assert.Equal(type, copy.dtype);
        Assert.True(matrix.t().equal(copy).all().ToBoolean());
    }

    [Fact]
    public void Only_whole_matrices_of_the_processor_are_copied()
    {
        using var scope = NewDisposeScope();
        var matrix = randn(8, 8);
        Assert.False(TransposeKernel.Suits(matrix.t()));
        Assert.False(TransposeKernel.Suits(matrix.view(2, 4, 8)));
        Assert.False(TransposeKernel.Suits(matrix.to(ScalarType.Float64)));
    }
}
